// Trains pairs of classes, one after the other. All folds and points of a grid share the distances of a pair's rows, and those of
// one fold and kernel its rows of the kernel matrix.
import { weightsOf } from '../../core/data/dataset.ts';
import { called } from '../../core/data/classNames.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { within } from '../../dsl/stage/progress.ts';
import type { PlannedModel, TrainingRows } from '../define/define.ts';
import { weightsByCode } from '../linear/classWeights.ts';
import { kernelsGiven } from '../supportVectors/given.ts';
import type { Kernel } from '../supportVectors/kernel.ts';
import { measure, type Measured } from '../supportVectors/measure.ts';
import { inTurns, kernelsOf, keyOf } from '../supportVectors/planned.ts';
import { kernelRows, type Share } from '../supportVectors/rows.ts';
import { solve, type KernelRows, type Solved } from '../supportVectors/solve.ts';
import { squaresOf, type Squares } from '../supportVectors/squares.ts';
import type { SvcParams } from './svc.ts';
import { pairsOf } from './pairs.ts';

/** A model of pairs, by positions among the rows of the training. */
export interface Trained extends Kernel {
  /** Support vectors by class, ascending, `[classes]`. */
  readonly support: readonly Uint32Array[];
  /** Of each pair what its vectors count, by position among the rows; above 0 for its first class. */
  readonly pairs: readonly { readonly alpha: ReadonlyMap<number, number>; readonly rho: number; readonly nIter: number }[];
  readonly converged: boolean;
}

type Planned = PlannedModel<SvcParams>;

/** What all models share. */
export interface Prepared {
  /** Positions of the rows of each class. */
  readonly groups: readonly Uint32Array[];
  readonly squares: Squares;
  readonly measured: Measured;
  /** Squared lengths of all rows. */
  readonly lengths: Float64Array;
}

/** Whoever calls it releases the distances. */
export async function prepare(rows: TrainingRows<'classifier'>, models: readonly Planned[], context: StageContext): Promise<Prepared> {
  const { classes, codes } = rows;
  const given = kernelsGiven('svc', rows, models);
  const measured = await measure(rows, given);
  const groups = classes.map((_, code) => Uint32Array.from(codes.keys()).filter((row) => codes[row] === code));
  return { groups, squares: await squaresOf(await context.compute(), rows, groups, { given }), measured, lengths: measured.lengths };
}

export async function trainPairs(
  rows: TrainingRows<'classifier'>,
  { groups, squares, measured }: Prepared,
  models: readonly Planned[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<readonly Trained[]> {
  const { classes } = rows;
  const weights = weightsOf(rows);
  const left = (row: number, { heldOut }: Planned): boolean => heldOut === undefined || folds!.fold[row] !== heldOut;
  const counts = (row: number, model: Planned): boolean => left(row, model) && (weights?.[row] ?? 1) > 0;
  const kernels = kernelsOf(models, measured, left);
  const byClass = models.map(({ params: { classWeight }, heldOut }) => weightsByCode(classWeight, rows, { folds, heldOut }));
  models.forEach((model, m) => checkWeights(rows, model, byClass[m]!, (code) => groups[code]!.some((row) => counts(row, model))));
  const solved: { solved: Solved; rows: Uint32Array }[][] = models.map(() => []);
  const each = pairsOf(classes.length);
  const all = each.length * models.length;
  let done = 0;
  for (const [pair, [one, other]] of each.entries()) {
    let known: { key: string; shares: readonly Share[]; rows: KernelRows; list: Uint32Array } | undefined;
    for (const m of inTurns(models, kernels)) {
      throwIfCancelled(context.signal);
      const { heldOut, params } = models[m]!;
      const key = keyOf(heldOut, kernels[m]!);
      if (known?.key !== key) {
        const shares = [one, other].map((group): Share => {
          const positions = groups[group]!;
          return { group, positions, within: Uint32Array.from(positions.keys()).filter((at) => counts(positions[at]!, models[m]!)) };
        });
        const list = Uint32Array.from(shares.flatMap(({ positions, within }) => Array.from(within, (at) => positions[at]!)));
        known = { key, shares, list, rows: kernelRows(squares, kernels[m]!, shares, measured.lengths) };
      }
      const first = known.shares[0]!.within.length;
      const { list } = known;
      const upper = Float64Array.from(list, (row, t) => params.C * byClass[m]![t < first ? one : other]! * (weights?.[row] ?? 1));
      const problem = { signs: Int8Array.from(list, (_, t) => (t < first ? 1 : -1)), linear: new Float64Array(list.length).fill(-1), upper };
      solved[m]![pair] = {
        rows: list,
        solved: await solve({ ...problem, tol: params.tol, maxIter: params.maxIter }, known.rows, within(context, done, all, 'pairs')),
      };
      done++;
      if (all > 1) context.progress?.(done, all, 'pairs');
    }
  }
  return solved.map((pairs, m) => trainedOf(kernels[m]!, pairs, groups));
}

function trainedOf(kernel: Kernel, pairs: readonly { readonly solved: Solved; readonly rows: Uint32Array }[], groups: readonly Uint32Array[]): Trained {
  const vectors = new Set<number>();
  const found = pairs.map(({ solved: { alpha, rho, nIter }, rows }, pair) => {
    const [one] = pairsOf(groups.length)[pair]!;
    const own = new Map<number, number>();
    const first = new Set(groups[one]);
    rows.forEach((row, t) => {
      if (alpha[t] === 0) return;
      own.set(row, first.has(row) ? alpha[t]! : -alpha[t]!);
      vectors.add(row);
    });
    return { alpha: own, rho, nIter };
  });
  return {
    ...kernel,
    support: groups.map((group) => group.filter((row) => vectors.has(row))),
    pairs: found,
    converged: pairs.every(({ solved }) => solved.converged),
  };
}

/** @throws E_DATA for a class without a row that counts */
function checkWeights(
  { name, classes, classNames }: TrainingRows<'classifier'>,
  model: Planned,
  byClass: readonly number[],
  hasRows: (code: number) => boolean,
): void {
  const none = classes.findIndex((_, code) => !hasRows(code) || byClass[code] === 0);
  if (none < 0) return;
  throw new PipelineError('E_DATA', `svc: every row of ${called([classes[none]!], classNames)} that ${model.name} of ${name} trains on has weight 0.`, {
    hint: 'Give each class a row of a weight above 0, or leave its rows out.',
  });
}
