// Fills gaps with figures of the training rows.
import { categoriesOf } from '../../core/data/categories.ts';
import type { Categories } from '../../core/data/matrix.ts';
import { columnCalled } from '../../core/data/columns.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, inputColumns, medianOf, type Level } from '../levels/columnValues.ts';

export interface ImputeOptions {
  /** `mean` (default), `median`, `mostFrequent` (the smallest of several) or `constant`. */
  readonly strategy?: 'mean' | 'median' | 'mostFrequent' | 'constant' | undefined;
  /** The constant; 0 by default, and `'missing_value'` in columns of names. */
  readonly fillValue?: number | string | undefined;
  /** Whether to add columns that say where gaps were. Default false. */
  readonly addIndicator?: boolean | undefined;
}

const params = z.strictObject({
  strategy: z.enum(['mean', 'median', 'mostFrequent', 'constant']).default('mean').describe('what a gap is filled with'),
  fillValue: z.union([z.number(), z.string()]).optional().describe('what the constant is: a number, or a name'),
  addIndicator: z.boolean().default(false).describe('whether a column of 1 and 0 says where gaps were'),
} satisfies ShapeOf<ImputeOptions>);

/** What columns of names are filled with by default. */
const NO_NAME = 'missing_value';

/**
 * `sklearn.impute.SimpleImputer`: a gap becomes the mean, the median or the most frequent value of its column over the training rows,
 * or a constant. Columns of names take `mostFrequent` and `constant`; a constant that is a new name is added to the column's names.
 *
 * Rows `[rows, cols]` become `[rows, cols]`, or with `addIndicator` one more column for each that had gaps, named such as
 * `missingindicator_age`. A model has `fields.fill`, `[cols]`.
 *
 * @throws E_DATA for a column without any value, and for the mean or median of names
 * @example
 * fit(chain(columns({ numbers: [impute({ strategy: 'median' }), standardize()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] }), logisticRegression()));
 */
export const impute = defineEstimator<ImputeOptions>()({
  name: 'impute',
  kind: 'transformer',
  takes: ['gaps', 'categories'],
  params,
  async train(rows, { strategy, fillValue, addIndicator }) {
    const categories = categoriesOf(rows.x);
    const fill: Level[] = [];
    const indicated: number[] = [];
    for await (const { column, values } of eachColumn(rows, true)) {
      const names = categories?.[column];
      const there = values.filter((value) => value === value).sort();
      if (there.length < values.length && addIndicator) indicated.push(column);
      if (strategy === 'constant') fill.push(constantOf(fillValue, names, columnCalled(column, rows.columns)));
      else {
        const called = columnCalled(column, rows.columns);
        if (there.length === 0) {
          throw new PipelineError('E_DATA', `impute: ${called} of ${rows.name} has no value in the rows trained on.`, {
            hint: "Leave the column out, or fill it by a constant: impute({ strategy: 'constant', fillValue: 0 }).",
          });
        }
        if (names && strategy !== 'mostFrequent') {
          throw new PipelineError('E_DATA', `impute: ${called} of ${rows.name} holds names, which have no ${strategy}.`, {
            hint: "Fill names by columns({ categories: impute({ strategy: 'mostFrequent' }) }).",
          });
        }
        const value = strategy === 'mean' ? meanOf(there) : strategy === 'median' ? medianOf(there) : mostFrequent(there);
        fill.push(names ? names[value]! : value);
      }
    }
    return { fill, indicated };
  },
  outputs: ({ fill, indicated }) => fill.length + indicated.length,
  outputColumns(model) {
    const names = inputColumns(model);
    return [...names, ...model.indicated.map((column) => `missingindicator_${names[column]}`)];
  },
  outputCategories: ({ fill, indicated }, there) => there && [...filledNames(fill, there), ...indicated.map(() => null)],
  async scores({ fill, indicated }, rows) {
    const there = categoriesOf(rows.x);
    const names = there && filledNames(fill, there);
    const codes = fill.map((value, j) => (typeof value === 'number' ? value : names![j]!.indexOf(value)));
    // A name that is new moves those behind it.
    const moved = codes.map((code, j) => (names?.[j] === there?.[j] ? Infinity : code));
    const outputs = fill.length + indicated.length;
    const out = new Float64Array(rows.rows.length * outputs);
    for await (const { from, rows: here, cols, x } of featureBlocks(rows, { gaps: true })) {
      for (let row = 0; row < here; row++) {
        const to = (from + row) * outputs;
        for (let j = 0; j < cols; j++) {
          const value = x[row * cols + j]!;
          out[to + j] = value === value ? value + Number(value >= moved[j]!) : codes[j]!;
        }
        indicated.forEach((column, i) => (out[to + cols + i] = Number(Number.isNaN(x[row * cols + column]))));
      }
    }
    return out;
  },
});

/** Names of each column, with the one that fills it: in its sorted place if they are sorted, otherwise last. */
function filledNames(fill: readonly Level[], there: Categories): Categories {
  return there.map((names, j) => {
    const name = fill[j] as string;
    if (!names || names.includes(name)) return names;
    const sorted = names.every((one, i) => i === 0 || names[i - 1]! < one);
    const behind = sorted ? names.findIndex((one) => one > name) : -1;
    return behind < 0 ? [...names, name] : names.toSpliced(behind, 0, name);
  });
}

function constantOf(fillValue: Level | undefined, names: readonly string[] | null | undefined, column: string): Level {
  if (fillValue === undefined) return names ? NO_NAME : 0;
  if ((typeof fillValue === 'string') === Array.isArray(names)) return fillValue;
  throw new PipelineError('E_PARAMS', `impute: fillValue is ${JSON.stringify(fillValue)}; ${column} holds ${names ? 'names' : 'numbers'}.`, {
    hint: 'Fill numbers and names apart: columns({ numbers: impute(), categories: impute({ ... }) }).',
  });
}

function meanOf(values: Float64Array): number {
  // From the first on, so that a constant column keeps its value.
  const first = values[0]!;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function mostFrequent(sorted: Float64Array): number {
  let [best, most] = [sorted[0]!, 0];
  for (let at = 0; at < sorted.length;) {
    const begin = at;
    while (at < sorted.length && sorted[at] === sorted[begin]) at++;
    if (at - begin > most) [best, most] = [sorted[begin]!, at - begin];
  }
  return best;
}
