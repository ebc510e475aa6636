// How much worse a model does once the values of a column are mixed up among the rows. Source: sklearn/inspection/_permutation_importance.py.
import { categoriesOf } from '../../core/data/categories.ts';
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { takeBlocks, type Features } from '../../core/data/features.ts';
import { RandomState } from '../../core/data/random.ts';
import { importancesEvent } from '../../core/importances.ts';
import type { Device, Predictor } from '../../dsl/estimator.ts';
import { targetByKind } from '../../dsl/kind.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { checkScoring, defaultScorer, needOf, scoreOf, scoringNames, type Scoring } from '../../metrics/scorers.ts';
import { remade } from '../chain/transformers.ts';
import { madeRows } from '../combined/madeRows.ts';

export interface PermutationImportanceOptions {
  /** How many times each column is mixed up. Default 5. */
  readonly nRepeats?: number | undefined;
  /** What is compared, as for `score`; by default accuracy of classes and several labels, r2 of values. */
  readonly scoring?: Scoring | undefined;
  /** What the order of rows is drawn from. Default 0. */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  nRepeats: z.int().min(1).default(5),
  scoring: z.enum(scoringNames).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0),
} satisfies ShapeOf<PermutationImportanceOptions>);

/** By column: how much of the score is lost without it. */
export interface PermutationImportance {
  /** What the columns are called, `[cols]`, where they have names. */
  readonly columns?: readonly string[];
  /** Score of the rows as they are. */
  readonly score: number;
  /** `[cols]` */
  readonly importancesMean: Float64Array;
  /** `[cols]` */
  readonly importancesStd: Float64Array;
  /** Of each repeat, `[cols][nRepeats]`. */
  readonly importances: readonly Float64Array[];
}

/**
 * `permutation_importance(model, X, y)`: of each column, by how much the score falls once its values are mixed up among the rows. Rows
 * that the model was not fitted on tell what it needs; those it was fitted on tell what it uses. Columns that say the same share their
 * importance: the model has the other where one is mixed up. In a stage, given its context, the report of the run shows them.
 *
 * @param data rows with their target
 * @throws E_PARAMS for a score that there is not of such a model; E_DATA for rows of another target
 * @example
 * const needed = stage({
 *   id: 'needed', needs: ['test', 'model'], provides: ['needed'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: LogisticModel }, context) => ({
 *     needed: await permutationImportance(model, test, { nRepeats: 10 }, context), // { columns, importancesMean, importancesStd, ... }
 *   }),
 * });
 */
export async function permutationImportance(
  model: Predictor,
  data: Rows,
  options: PermutationImportanceOptions = {},
  context?: Device & Partial<Pick<StageContext, 'emit' | 'stage'>>,
): Promise<PermutationImportance> {
  const { nRepeats, scoring = defaultScorer(model.kind), seed } = parseParams('permutationImportance', params, options);
  checkScoring([scoring], model.kind);
  checkTarget('permutationImportance', data, targetByKind[model.kind ?? 'classifier']);
  const { cols } = data.x;
  const scored = async (rows: Rows): Promise<number> => scoreOf(scoring, await model.evaluate(rows, needOf([scoring]), context));
  const score = await scored(data);
  // Each column is mixed up by the same orders.
  const orders = new RandomState(seed).interval(2 ** 31 - 1);
  const importances: Float64Array[] = [];
  for (let column = 0; column < cols; column++) {
    const random = new RandomState(orders);
    const order = Uint32Array.from(data.rows.keys());
    let values = await columnOf(data, column);
    const lost = new Float64Array(nRepeats);
    for (let repeat = 0; repeat < nRepeats; repeat++) {
      random.shuffle(order);
      values = Float64Array.from(order, (at) => values[at]!);
      const x = withValues(data, column, values);
      lost[repeat] = score - (await scored(remade(data as never, x, data.columns)));
    }
    importances.push(lost);
  }
  const means = importances.map((lost) => lost.reduce((sum, one) => sum + one, 0) / nRepeats);
  const deviations = importances.map((lost, j) => Math.sqrt(lost.reduce((sum, one) => sum + (one - means[j]!) ** 2, 0) / nRepeats));
  context?.emit?.(importancesEvent(context.stage!, means, { columns: data.columns, spreads: deviations, scoring }));
  return {
    ...(data.columns ? { columns: data.columns } : {}),
    score,
    importancesMean: Float64Array.from(means),
    importancesStd: Float64Array.from(deviations),
    importances,
  };
}

async function columnOf({ x, rows }: Rows, column: number): Promise<Float64Array> {
  const values = new Float64Array(rows.length);
  for await (const { data, from, rows: count } of takeBlocks(x, rows)) for (let i = 0; i < count; i++) values[from + i] = data[i * x.cols + column]!;
  return values;
}

/** The rows by position, with other values in a column. */
function withValues({ x, rows }: Rows, column: number, values: Float64Array): Features {
  return madeRows(x, rows, x.cols, categoriesOf(x), (from, positions, into) => {
    into.set(from);
    positions.forEach((position, i) => (into[i * x.cols + column] = values[position]!));
  });
}
