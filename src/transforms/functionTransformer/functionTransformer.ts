// A function of the user's own, as a transform.
import { makerOf } from '../../core/encoding/encoding.ts';
import { nearest } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Estimator, RowsOf, Transformer } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { checkFunction } from '../../dsl/stage/checkOwn.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';

type Row = Readonly<Record<string, number>>;

/**
 * @typeParam C names of columns
 */
export interface FunctionTransformerOptions<C extends string = string> {
  /** What it is called: in records, and in files of models, which find the function again by this name. */
  readonly name: string;
  /** The new features of a row, by name: the same names for every row. `row` has the features that are there, by name. */
  readonly row: (row: Readonly<Record<C, number>>, params: Readonly<Record<string, number>>) => Readonly<Record<string, number>>;
  /** Numbers that the function goes by beside the row. Results are kept by them, and models hold them. Default none. */
  readonly params?: Readonly<Record<string, number>> | undefined;
}

/** The functions by name, as text: a model that is read again has no more than the name. */
const written = new Map<string, string>();

/**
 * `sklearn.preprocessing.FunctionTransformer`: a function of your own that makes new features of a row. It sees one row at a time, so
 * that nothing can leak from one to another; what is to be learned from rows is a transformer of your own, by `defineEstimator`.
 *
 * Results are kept until a file changes in which the function is written, or one that this imports. What the function reads from
 * elsewhere (the clock, chance, a variable around it) is not seen: it must depend on the row and on `params` alone. A model file holds
 * the name and not the function: the code that makes the transformer must be imported before the model is loaded.
 *
 * Rows `[rows, cols]` become `[rows, names]`, in the order of the names that the function gives the first row; `{ ...row, bmi }` keeps
 * the others. Columns without names are `x0`, `x1` ...
 *
 * @typeParam C names of columns, so that a misspelt name does not compile: `functionTransformer<FeaturesOf<typeof people>>({ ... })`
 * @throws E_USAGE for a name that another function has; when trained, E_DATA for a gap, a column of names, and a result that is not a
 *   finite number, and E_PARAMS for a column that is asked for and not there
 * @example
 * const bmi = functionTransformer<'mass' | 'height'>({ name: 'bmi', row: ({ mass, height }) => ({ height, bmi: mass / height ** 2 }) });
 * fit(chain(bmi, standardize(), logisticRegression()));
 */
export function functionTransformer<C extends string = string>(
  options: FunctionTransformerOptions<C>,
): Estimator<Transformer, Readonly<Record<string, never>>, 'none'> {
  checkFunction('functionTransformer', options, 'row', 'row: ({ mass, height }) => ({ bmi: mass / height ** 2 })');
  const { name, params = {} } = options;
  const make = options.row as (row: Row, params: Row) => Row;
  checkName(name, String(make));
  const made = defineEstimator({
    name,
    kind: 'transformer',
    params: z.strictObject({}),
    async train(rows) {
      const names: string[] = [];
      // Every row is tried: what fails is told before a model is trained.
      for await (const { made } of eachRow(name, rows, (row) => make(row, params))) if (names.length === 0) names.push(...Object.keys(made));
      return { names, params };
    },
    outputs: ({ names }) => names.length,
    outputColumns: ({ names }) => names,
    async scores({ names, params }, rows) {
      const out = new Float64Array(rows.rows.length * names.length);
      for await (const { made, at } of eachRow(name, rows, (row) => make(row, params), names))
        names.forEach((one, j) => (out[at * names.length + j] = made[one]!));
      return out;
    },
  })();
  return { ...made, params };
}

/** @throws E_USAGE for a name under which a model would find another function, or none of these */
function checkName(name: string, text: string): void {
  const before = written.get(name);
  if (before === undefined ? makerOf(`${name}Model`) !== undefined : before !== text) {
    throw new PipelineError('E_USAGE', `functionTransformer: there is another ${before === undefined ? 'estimator' : 'function'} called '${name}'.`, {
      at: callerPlace(),
      hint: 'Give it a name of its own: models find it by its name.',
    });
  }
  written.set(name, text);
}

interface Made {
  readonly made: Row;
  /** Position of the row. */
  readonly at: number;
}

/** @param expected names that the results must have; by default those of the first */
async function* eachRow(name: string, rows: RowsOf, make: (row: Row) => Row, expected?: readonly string[]): AsyncGenerator<Made, void> {
  const columns = inputColumns({ cols: rows.x.cols, columns: rows.columns });
  const features = Object.create(null) as Record<string, number>;
  // What is not there would be undefined, and NaN in whatever is made of it.
  const asked = new Proxy(features, {
    get(own, key) {
      if (typeof key === 'symbol' || Object.hasOwn(own, key)) return own[key as string];
      const near = nearest(key, columns)[0];
      throw new PipelineError('E_PARAMS', `${name}: ${rows.name} has no column '${key}'.`, {
        hint: near === undefined ? `Columns: ${columns.join(', ')}.` : `Did you mean ${near}?`,
      });
    },
  });
  let names = expected;
  for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
    for (let row = 0; row < here; row++) {
      columns.forEach((column, j) => (features[column] = x[row * cols + j]!));
      const made = make(asked);
      names ??= Object.keys(made);
      checkMade(name, rows, from + row, made, names);
      yield { made, at: from + row };
    }
  }
}

/** @throws E_DATA */
function checkMade(name: string, { name: from, rows }: RowsOf, at: number, made: Row, names: readonly string[]): void {
  const refused = (what: string, hint: string): PipelineError => new PipelineError('E_DATA', `${name}: row ${rows[at]} of ${from} ${what}.`, { hint });
  const found = Object.keys(made);
  if (names.length === 0) throw refused('becomes nothing', 'Return the features by name: ({ mass }) => ({ mass, double: 2 * mass }).');
  if (found.length !== names.length || names.some((one) => !Object.hasOwn(made, one)))
    throw refused(`becomes ${found.join(', ') || 'nothing'}, the others ${names.join(', ')}`, 'Return the same names for every row.');
  const wrong = names.find((one) => !Number.isFinite(made[one]));
  if (wrong !== undefined)
    throw refused(
      `becomes ${String(made[wrong])} in ${wrong}; a finite number is needed`,
      'Look for a division by zero, or a root or logarithm of a number below 0.',
    );
}
