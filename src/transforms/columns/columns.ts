// Sends groups of columns through different transforms.
import type { Estimator, Transformer } from '../../dsl/estimator.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { z } from '../../dsl/params.ts';
import { codeOfSteps, describedSteps, factsBehind, stepOf, type ChainPart, type Step } from '../../estimators/chain/transformers.ts';
import { checkTarget } from '../../core/data/checkDataset.ts';
import { groupsOf, type Given } from './groups.ts';
import { columnsModel, learnColumns } from './model.ts';

/** What a group of columns goes through: one transform, or several in turn. */
export type ColumnSteps = ChainPart | readonly ChainPart[];

/**
 * @typeParam C names of columns
 */
export type ColumnGroups<C extends string = string> = { readonly [K in C | 'numbers' | 'categories']?: ColumnSteps };

/**
 * `sklearn.compose.ColumnTransformer`: sends groups of columns through different transforms. `numbers` are all columns of numbers,
 * `categories` all columns of names. Any other key is one column, which is then in no other group. The results come in the order of the
 * groups; columns in no group follow unchanged. (scikit-learn drops those; here `table(...).features(...)` chooses columns.)
 *
 * Rows `[rows, cols]` become the features that the groups make, with names such as `body_mass` and `sex_male`.
 *
 * @param groups transforms for `chain`, one or a list for each group
 * @typeParam C names of columns, so that a misspelt name does not compile: `columns<FeaturesOf<typeof penguins>>({ ... })`
 * @throws E_PARAMS, when checked or trained, for a column that the rows do not have
 * @example
 * fit(chain(columns({ numbers: [impute({ strategy: 'median' }), standardize()], categories: oneHot(), age: minMax() }), logisticRegression()));
 */
export function columns<C extends string = string>(groups: ColumnGroups<C>): Estimator<Transformer, Readonly<Record<string, never>>, 'none'> {
  const given: readonly Given[] = Object.entries(groups as Readonly<Record<string, ColumnSteps | undefined>>).flatMap(([key, steps]) => {
    if (steps === undefined) return [];
    const list = Array.isArray(steps) ? (steps as readonly ChainPart[]) : [steps as ChainPart];
    return [{ key, steps: list.map((step, i) => stepOf(`columns: ${key}`, step, i)) }];
  });
  return {
    name: 'columns',
    kind: 'transformer',
    takes: ['gaps', 'categories'],
    params: { groups: given.map(({ key, steps }) => ({ [key]: describedSteps(steps) })) },
    code: codeOfSteps(given.flatMap(({ steps }) => steps)),
    jobParams: z.strictObject({}),
    supervised: given.some(({ steps }) => steps.some((step) => !('learn' in step) && step.supervised)) ? true : undefined,
    seeded: given.some(({ steps }) => steps.some((step) => !('learn' in step) && step.seeded)) ? true : undefined,
    remake: (fact) => remadeBy(given, fact),
    plan: (train, jobs) => {
      remadeBy(given, train);
      return { type: 'model', kind: 'transformer', estimator: 'columns', cols: train.cols, columns: train.columns, models: jobs.length };
    },
    async train(data, jobs, { folds }, context) {
      checkTarget('columns', data, 'none');
      const trained = [];
      for (const { name, heldOut } of jobs) {
        const rows = heldOut === undefined ? data.rows : data.rows.filter((_, row) => folds!.fold[row] !== heldOut);
        trained.push({ model: columnsModel(await learnColumns(given, { ...data, rows }, name, context)) });
      }
      return trained as never;
    },
  };
}

/** What is known of the rows that it returns. */
function remadeBy(given: readonly Given[], fact: DatasetFact): DatasetFact {
  const { columns: names, categories: named = [] } = fact;
  if (!names) return { ...fact, cols: undefined, columns: undefined, dtype: 'f64', categories: undefined };
  const { groups, passed } = groupsOf(given, fact.name, names, (column) => named.includes(names[column]!));
  const left = groups.flatMap(({ columns: own, steps }) => {
    const there = own.map((column) => names[column]!);
    const group: DatasetFact = { ...fact, cols: there.length, columns: there, categories: there.filter((name) => named.includes(name)) };
    return steps.reduce((made: DatasetFact, step: Step) => factsBehind(step, made), group).categories ?? [];
  });
  return {
    ...fact,
    cols: undefined,
    columns: undefined,
    dtype: 'f64',
    categories: [...left, ...passed.map((column) => names[column]!).filter((name) => named.includes(name))],
  };
}
