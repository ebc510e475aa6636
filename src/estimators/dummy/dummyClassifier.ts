// A classifier that looks at no feature: the baseline that any other has to beat. As scikit-learn 1.9's DummyClassifier.
import { nameOf } from '../../core/data/classNames.ts';
import { weightsOf, type ClassName } from '../../core/data/dataset.ts';
import { labelArray } from '../../core/data/labels.ts';
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { checkFeatures } from './features.ts';

const STRATEGIES = ['prior', 'mostFrequent', 'stratified', 'uniform', 'constant'] as const;

export interface DummyClassifierOptions {
  /**
   * `mostFrequent` and `prior` predict the most frequent class; its probability is 1, or with `prior` the share of each class.
   * `stratified` and `uniform` draw a class for each row, by the shares of the classes or with equal chances. `constant` predicts one
   * class. Default `prior`.
   */
  readonly strategy?: (typeof STRATEGIES)[number] | undefined;
  /** The class that `constant` predicts: its name, or its label if classes have no names. */
  readonly constant?: ClassName | undefined;
  /** Seed of the draws, as scikit-learn's `random_state`. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  strategy: z.enum(STRATEGIES).default('prior').describe('what is said of every row'),
  constant: z.union([z.string(), z.number(), z.boolean()]).optional().describe("the class that 'constant' predicts, by its name or label"),
  seed: seedParam,
} satisfies ShapeOf<DummyClassifierOptions>);

export interface DummyClassifierFields {
  readonly strategy: (typeof STRATEGIES)[number];
  /** Share of each class of the weights, `[classes]`; of a constant, 1 for it and 0 else. */
  readonly classPrior: Float64Array;
}

/**
 * `sklearn.dummy.DummyClassifier`: a baseline that looks at no feature. Weights count rows. Draws depend on the position of a row among
 * those predicted, as in scikit-learn: the same seed gives the same classes.
 *
 * Rows `[rows, cols]` with classes; features may be absent, or names. `decisionFunction` and `predictProba` are the shares that the
 * strategy gives each class; for `uniform` they are all equal, whatever it draws.
 *
 * @throws E_PARAMS for a constant that is not a class of the rows, or a missing one that the strategy needs
 * @example
 * fit(dummyClassifier({ strategy: 'mostFrequent' }));
 */
export const dummyClassifier = defineEstimator<DummyClassifierOptions>()({
  name: 'dummyClassifier',
  kind: 'classifier',
  params,
  takes: ['gaps', 'categories'],
  async train(rows, { strategy, constant }): Promise<DummyClassifierFields> {
    await checkFeatures(rows);
    if (strategy === 'constant') {
      const code = codeOf(constant, rows);
      return { strategy, classPrior: Float64Array.from(rows.classes, (_, c) => Number(c === code)) };
    }
    const weights = weightsOf(rows);
    const sums = rows.classes.map(() => 0);
    rows.codes.forEach((code, row) => (sums[code]! += weights?.[row] ?? 1));
    const total = sums.reduce((sum, own) => sum + own, 0);
    return { strategy, classPrior: Float64Array.from(sums, (own) => own / total) };
  },
  scores: (model, rows) => sharesOf(model, rows),
  async predictions({ strategy, classPrior, seed = 0 }, rows) {
    const [random, count] = [new RandomState(seed), classPrior.length];
    const shares = await sharesOf({ strategy, classPrior, seed }, rows);
    const codes = labelArray(rows.rows.length, count - 1);
    for (let row = 0; row < codes.length; row++) {
      codes[row] = strategy === 'uniform' ? random.interval(count - 1) : mostOf(shares.subarray(row * count, (row + 1) * count));
    }
    return codes;
  },
  response: 'probabilities',
  probabilities: (_scores, model, rows) => sharesOf(model, rows),
});

/** `[rows][classes]` */
async function sharesOf(
  { strategy, classPrior, seed = 0 }: DummyClassifierFields & { readonly seed?: number | undefined },
  rows: RowsOf,
): Promise<Float64Array> {
  await checkFeatures(rows);
  const [random, count] = [new RandomState(seed), classPrior.length];
  const most = mostOf(classPrior);
  const out = new Float64Array(rows.rows.length * count);
  for (let at = 0; at < out.length; at += count) {
    if (strategy === 'uniform') out.fill(1 / count, at, at + count);
    else if (strategy === 'mostFrequent') out[at + most] = 1;
    else if (strategy === 'stratified') out[at + drawn(random, classPrior)] = 1;
    else out.set(classPrior, at);
  }
  return out;
}

/** The first of the largest. */
function mostOf(shares: Float64Array): number {
  return shares.reduce((best, share, c) => (share > shares[best]! ? c : best), 0);
}

/** A class by its share, as numpy's `RandomState.multinomial(1, shares)` draws: class after class, whether it is this one. */
function drawn(random: RandomState, shares: Float64Array): number {
  let left = 1;
  for (let c = 0; c < shares.length - 1; c++) {
    const share = shares[c]! / left;
    // A share of 0 takes no draw; the smaller of it and its rest is what is drawn.
    if (share > 0 && (share <= 0.5 ? random.double() > 1 - share : random.double() <= share)) return c;
    left -= shares[c]!;
  }
  return shares.length - 1;
}

/** @throws E_PARAMS where no class is called so */
function codeOf(constant: ClassName | undefined, { name, classes, classNames }: TrainingRows<'classifier'>): number {
  const names = classes.map((label) => nameOf(label, classNames));
  const code = names.indexOf(constant as ClassName);
  if (code >= 0) return code;
  const arrived = constant === undefined ? "strategy 'constant' has no constant" : `constant ${JSON.stringify(constant)} is no class of ${name}`;
  throw new PipelineError('E_PARAMS', `dummyClassifier: ${arrived}.`, { hint: `Classes are ${names.map((own) => JSON.stringify(own)).join(', ')}.` });
}
