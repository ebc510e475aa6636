// Support vector classification: a decision for each pair of classes, by the rows at their border. As scikit-learn 1.9's SVC, which is
// libsvm (Chang and Lin 2011).
import { checkNoNames } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import { labelArray, type Labels } from '../../core/data/labels.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { contextOf } from '../../dsl/stage/context.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { seenBy } from '../chain/steps.ts';
import { defineEstimator, type Defined, type Known } from '../define/define.ts';
import { classWeightParam } from '../linear/classWeights.ts';
import { vectorsOf } from '../supportVectors/given.ts';
import { rememberHeldOut } from '../supportVectors/heldOut.ts';
import { hasGamma, kernelParams, type Kernel, type KernelOptions } from '../supportVectors/kernel.ts';
import { searchParams, warnOfConvergence, type SearchOptions } from '../supportVectors/search.ts';
import { kernelSums, type Counted } from '../supportVectors/sums.ts';
import { pairsOf, votesOf } from './pairs.ts';
import { prepare, trainPairs, type Trained } from './train.ts';

export interface SvcOptions extends KernelOptions, SearchOptions {
  /** Weight by label or class name, or 'balanced' for inverse class frequencies, times C. Default 1 each. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
  /** Of three classes or more: of classes with equally many votes, predict the one whose pairs are surest, not the first. Default false. */
  readonly breakTies?: boolean | undefined;
}

const params = z.strictObject({
  ...kernelParams,
  ...searchParams,
  classWeight: classWeightParam,
  breakTies: z.boolean().default(false).describe('of classes with equally many votes predict the one whose pairs are surest'),
} satisfies ShapeOf<SvcOptions>);
export type SvcParams = z.output<typeof params>;

export interface Fields extends Kernel {
  readonly breakTies: boolean;
  /** Support vectors as stored, those of the first class first, `[vectors, cols]`; of 'precomputed' their columns, `[vectors, 1]`. */
  readonly supportVectors: Matrix | CsrMatrix;
  /** Their positions among the training rows, `[vectors]`. */
  readonly support: Uint32Array;
  /** How many each class has, `[classes]`. */
  readonly nSupport: Uint32Array;
  /** What a vector counts in the pairs of its class with each other class, in their order, `[classes - 1][vectors]`. */
  readonly dualCoef: readonly Float64Array[];
  /** Constant of each pair, `[pairs]`. */
  readonly intercept: Float64Array;
  /** Steps that each pair took, `[pairs]`. */
  readonly nIter: Uint32Array;
}

/**
 * `sklearn.svm.SVC`: a border between each two classes that leaves the most room to the rows nearest to it, in the space of a kernel.
 * These rows, the support vectors, are the model. Scale features first: a kernel adds up all columns.
 *
 * Each pair votes for one of its classes, and the class with the most votes is predicted; of equally many the first, or with
 * `breakTies` the one whose pairs are surest. Decisions, `[rows][classes]`, are the votes of a class, plus how sure its pairs are, as a
 * number between -1/3 and 1/3; for two classes `[rows]`, positive for the second. `pairDecisions` gives those of the pairs. There are no
 * probabilities; `calibratedClassifier(svc())` learns some.
 *
 * Each pair is solved in float64 as libsvm solves it, without shrinking. Squared distances of bytes are exact, also where all columns are scaled
 * by one factor; those of other rows are f32, or float64 where there are few. Points of a grid share them; folds do too, unless each learns a scaling of its own. Of many rows
 * only distances of those that a solver looks at are found, and memory is bounded.
 *
 * A kernel of your own: {@link kernelMatrix} makes features of it that `kernel: 'precomputed'` takes.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_CLASS for rows of one class, E_DATA for a class of which no row counts, and
 *   for features that are no kernels of the rows where they are to be
 * @example
 * gridSearch(chain(standardize(), svc()), { C: [1, 10], gamma: [0.01, 0.1] });
 */
export const svc = defineEstimator<SvcOptions>()({
  name: 'svc',
  kind: 'classifier',
  params,
  async trainTogether(rows, models, folds, context) {
    const prepared = await prepare(rows, models, context);
    const fields: Fields[] = [];
    let trained: readonly Trained[];
    try {
      trained = await trainPairs(rows, prepared, models, folds, context);
      for (const [m, own] of trained.entries()) fields.push(await fieldsOf(own, rows, models[m]!.params.breakTies));
      if (folds) {
        const own = models.map(({ heldOut }, m) => {
          const { supportVectors: vectors, support, intercept, kernel, gamma, degree, coef0 } = fields[m]!;
          return { vectors, support, counted: countedOf(fields[m]!), outputs: intercept.length, kernel: { kernel, gamma, degree, coef0 }, heldOut };
        });
        await rememberHeldOut(rows, { ...prepared, fold: folds.fold }, own, context.signal);
      }
    } finally {
      prepared.squares.release();
    }
    warnOfConvergence(
      'svc',
      rows.name,
      models.filter((_, m) => !trained[m]!.converged).map(({ name }) => name),
      models.length,
      context,
    );
    return fields;
  },
  async scores(model, rows, context) {
    const classes = model.classes.length;
    const out = new Float64Array(classes === 2 ? rows.rows.length : rows.rows.length * classes);
    const votes = new Float64Array(classes);
    await eachDecision(model, rows, context, (row, decision) => {
      if (classes === 2) out[row] = decision(0);
      else votesOf(classes, decision, votes, out.subarray(row * classes, (row + 1) * classes));
    });
    return out;
  },
  async predictions(model, rows, context) {
    const classes = model.classes.length;
    const out = labelArray(rows.rows.length, classes - 1);
    const [votes, sure] = [new Float64Array(classes), new Float64Array(classes)];
    await eachDecision(model, rows, context, (row, decision) => {
      if (classes === 2) {
        out[row] = decision(0) >= 0 ? 1 : 0; // libsvm, for which the first class is positive, gives the second what is neither
        return;
      }
      votesOf(classes, decision, votes, sure);
      out[row] = firstLargest(model.breakTies ? sure : votes);
    });
    return out as Labels;
  },
  summary: ({ nSupport, nIter, gamma, kernel }) => ({
    vectors: nSupport.reduce((sum, own) => sum + own, 0),
    nIter: nIter.reduce((sum, own) => sum + own, 0),
    ...(hasGamma(kernel) ? { gamma } : {}),
  }),
});

/** Keeps the rows that are vectors, and what they count. */
async function fieldsOf({ support, pairs, converged: _, ...kernel }: Trained, rows: RowsOf, breakTies: boolean): Promise<Fields> {
  const classes = support.length;
  const all = Uint32Array.from(support.flatMap((own) => [...own]));
  const codes = support.flatMap((own, code) => new Array<number>(own.length).fill(code));
  // As scikit-learn has it: of two classes the second is positive, of more the first of each pair.
  const sign = classes === 2 ? -1 : 1;
  const dualCoef = Array.from({ length: classes - 1 }, () => new Float64Array(all.length));
  for (const [pair, [one, other]] of pairsOf(classes).entries()) {
    const { alpha } = pairs[pair]!;
    all.forEach((row, v) => {
      const counts = alpha.get(row);
      if (counts !== undefined) dualCoef[codes[v] === one ? other - 1 : one]![v] = sign * counts;
    });
  }
  return {
    ...kernel,
    breakTies,
    supportVectors: await vectorsOf(rows, all, kernel),
    support: all,
    nSupport: Uint32Array.from(support, (own) => own.length),
    dualCoef,
    intercept: Float64Array.from(pairs, ({ rho }) => -sign * rho),
    nIter: Uint32Array.from(pairs, ({ nIter }) => nIter),
  };
}

/** Of each vector: in which pairs it counts, and how much. */
function countedOf({ nSupport, dualCoef }: Fields): readonly Counted[] {
  const pairs = pairsOf(nSupport.length);
  const ofCode = Array.from(nSupport.keys(), (code) =>
    pairs.flatMap(([one, other], pair) => (one === code ? [[pair, other - 1] as const] : other === code ? [[pair, one] as const] : [])),
  );
  return Array.from(nSupport)
    .flatMap((own, code) => Array.from({ length: own }, () => ofCode[code]!))
    .map((mine, v): Counted => {
      const own = mine.filter(([, at]) => dualCoef[at]![v] !== 0);
      return { outputs: own.map(([pair]) => pair), weights: own.map(([, at]) => dualCoef[at]![v]!) };
    });
}

/** @param use is given a row and its decision by pair */
async function eachDecision(
  model: Fields & Pick<Known, 'scaling'>,
  rows: RowsOf,
  context: Device,
  use: (row: number, decision: (pair: number) => number) => void,
): Promise<void> {
  if (rows.rows.length === 0) return;
  const { supportVectors, intercept, scaling, kernel, gamma, degree, coef0 } = model;
  const machine = { kernel, gamma, degree, coef0, scaling, vectors: supportVectors };
  await kernelSums(context, machine, countedOf(model), intercept.length, rows, (from, sums) => {
    for (let i = 0; i < sums[0]!.length; i++) use(from + i, (pair) => sums[pair]![i]! + intercept[pair]!);
  });
}

function firstLargest(values: Float64Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}

/** A fitted model: decisions of classes, and `fields`, its vectors and what they count. */
export type SvcModel = Defined<'classifier', Fields>;

/**
 * Decisions of each pair of classes, `[rows, classes * (classes - 1) / 2]`: of the first class with the second, with the third, ...; above
 * 0 for the first of a pair. As scikit-learn's `decision_function_shape='ovo'`. Of two classes it is positive for the second.
 *
 * @throws E_SHAPE for rows with other columns than the model was fitted on
 * @example
 * const pairs = stage({
 *   id: 'pairs', needs: ['test', 'model'], provides: ['pairs'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: SvcModel }, context) => ({ pairs: await pairDecisions(model, test, context) }),
 * });
 */
export async function pairDecisions(model: SvcModel, rows: RowsOf, context: Device = contextOf(undefined)): Promise<Matrix<'f64'>> {
  const seen = await seenBy(model, rows, context);
  return decisionsOf(seen.model.fields, seen.rows, context);
}

async function decisionsOf(fields: SvcModel['fields'], rows: RowsOf, context: Device): Promise<Matrix<'f64'>> {
  const { cols, columns, intercept, scaling } = fields;
  checkColumns(rows.name, { cols: rows.x.cols, columns: rows.columns }, { cols, columns });
  checkNoNames('svc', rows);
  const pairs = intercept.length;
  const out = new Float64Array(rows.rows.length * pairs);
  const meant = { name: rows.name, x: rows.x, rows: rows.rows, scaling };
  await eachDecision(fields, meant, context, (row, decision) => {
    for (let pair = 0; pair < pairs; pair++) out[row * pairs + pair] = decision(pair);
  });
  return matrix(rows.rows.length, pairs, out);
}
