// What both estimators do with stochastic gradient descent: rows held once for all classes or outputs, rows held back, averages, and a
// warning where passes did not suffice.
import { weightsOf, type Scaling } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { within } from '../../dsl/stage/progress.ts';
import type { Folds, RowsOf } from '../../dsl/estimator.ts';
import type { LinearFields } from '../linear/linearValues.ts';
import { checkAnyWeight, warnOfPasses } from '../solver/passes.ts';
import { descendInShares } from './descent/shares.ts';
import type { Learned, Problem, Reached } from './descent/descent.ts';
import type { SgdParams } from './params.ts';
import { mayShift, rowsToStepOn } from './shifted.ts';

export interface SgdFields extends LinearFields {
  /** Passes over the rows: the most that a class or an output took. */
  readonly nIter: number;
  readonly progress: {
    /** From which step on the means count; 0 for none. */
    readonly average: number;
    /** Of each class or output. */
    readonly reached: readonly Reached[];
  };
}

/** Of a model that goes on: where each class or output does. */
export interface GoingOn {
  readonly start?: readonly Reached[] | undefined;
}

type Scaled = { readonly scaling?: Scaling | undefined };

/**
 * All models, those whose rows are held alike side by side, over one copy of the rows.
 *
 * @param models with their problems, one for each class or output
 * @throws E_DATA for numbers that become too large
 */
export async function fittedTogether<M extends Scaled & GoingOn & { readonly params: SgdParams & { readonly loss: string } }>(
  owner: string,
  rows: RowsOf,
  models: readonly M[],
  problemsOf: (model: M) => readonly (() => Omit<Problem, 'params'>)[],
  context: Pick<StageContext, 'signal' | 'emit' | 'progress' | 'stage' | 'threads'>,
): Promise<readonly SgdFields[]> {
  const fields: SgdFields[] = [];
  const ways = models.map(({ scaling, start, params }) => ({ scaling, shifted: scaling !== undefined && !start && mayShift(params) }));
  for (const way of ways) {
    const members = [...models.keys()].filter((m) => ways[m]!.scaling === way.scaling && ways[m]!.shifted === way.shifted);
    if (fields[members[0]!]) continue;
    const own = members.map((m) => problemsOf(models[m]!));
    const problems = members.flatMap((m, i) => {
      const { average, ...params } = models[m]!.params;
      return own[i]!.map((make) => (): Problem => ({ ...make(), params: { ...params, average: Number(average) } }));
    });
    const epochs = members.reduce((sum, m, i) => sum + own[i]!.length * models[m]!.params.maxIter, 0);
    const part = members.length < models.length ? within(context, Object.keys(fields).length, models.length, 'models') : context;
    // How right rows held back are told is a function, which no other thread can be given.
    const here = members.some((m) => models[m]!.params.earlyStopping) ? { ...part, threads: undefined } : part;
    const learned = await descendInShares(await rowsToStepOn({ ...rows, scaling: way.scaling }, way), problems, epochs, here);
    let next = 0;
    members.forEach((m, i) => (fields[m] = fieldsOf(learned.slice(next, (next += own[i]!.length)), models[m]!.params)));
    if (part !== context) context.progress?.(Object.keys(fields).length, models.length, 'models');
  }
  for (const [m, { nIter }] of fields.entries()) {
    const { maxIter, tol } = models[m]!.params;
    if (nIter === maxIter && tol !== null)
      warnOfPasses(owner, rows.name, nIter, 'Raise maxIter or tol, or give features one scale with standardize().', context);
  }
  return fields;
}

function fieldsOf(learned: readonly Learned[], { average }: SgdParams): SgdFields {
  const chosen = learned.map((one) => one.average ?? one);
  // As scikit-learn counts: as if all had made as many passes.
  const steps = Math.max(...learned.map((one) => one.steps));
  return {
    coef: chosen.map(({ weights }) => weights),
    intercept: Float64Array.from(chosen, ({ intercept }) => intercept),
    nIter: Math.max(...learned.map((one) => one.nIter)),
    progress: {
      average: Number(average),
      reached: learned.map((one) => ({ steps, weights: one.weights, intercept: one.intercept, ...(one.average ? { average: one.average } : {}) })),
    },
  };
}

/** Of a model that goes on: what trains it further, in a single pass. @throws E_PARAMS for what needs all rows, or other means */
export function onePass<P extends SgdParams>(owner: string, { progress }: SgdFields, { scaling }: Scaled, params: P) {
  if (params.earlyStopping) {
    throw new PipelineError('E_PARAMS', `${owner}: earlyStopping tells after which pass to stop, and partialFit makes one.`, {
      hint: 'Leave earlyStopping out.',
    });
  }
  if (Number(params.average) !== progress.average) {
    throw new PipelineError('E_PARAMS', `${owner}: the model has means from step ${progress.average} on (0 is none), and average is ${params.average}.`, {
      hint: `Set average to ${progress.average || false}, or fit a model anew.`,
    });
  }
  return { name: 'partialFit', heldOut: undefined, scaling, params: { ...params, maxIter: 1, tol: null }, start: progress.reached };
}

/** Positions of the rows that a model trains on, those that it holds back too. */
export function leftOf({ rows }: RowsOf, folds: Folds | undefined, heldOut: number | undefined): Uint32Array {
  const all = Uint32Array.from(rows.keys());
  return heldOut === undefined ? all : all.filter((row) => folds!.fold[row] !== heldOut);
}

/**
 * What rows count, of all rows.
 *
 * @param left positions of those that a model trains on
 * @param held of those that it holds back
 * @throws E_DATA where all that are held back weigh nothing, or all others
 */
export function rowWeights(owner: string, rows: RowsOf & Parameters<typeof weightsOf>[0], left: Uint32Array, held: Uint32Array | undefined): Float64Array {
  const weights = Float64Array.from(weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1));
  const back = new Set(held);
  checkAnyWeight(
    owner,
    `rows of ${rows.name} that it trains on`,
    weights,
    left.filter((row) => !back.has(row)),
  );
  if (held) checkAnyWeight(owner, `rows of ${rows.name} held back to tell when to stop`, weights, held);
  return weights;
}
