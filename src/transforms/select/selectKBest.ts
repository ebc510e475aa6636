// Keeps the columns that tell most of the target, each by itself.
import { columnCalled } from '../../core/data/columns.ts';
import { labelsOf, valuesOf, type Dataset, type Rows } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { distinctLabels, positionsIn } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, type ColumnValues } from '../levels/columnValues.ts';
import { keeping, keptColumns } from './kept.ts';
import { chi2, fClassif, fRegression, type Codes } from './univariate.ts';

export interface SelectKBestOptions {
  /** How many columns stay, or `'all'`; all where there are fewer. Default 10. */
  readonly k?: number | 'all' | undefined;
  /**
   * `fClassif` (default): how far the means of classes are apart. `chi2`: the same of counts, which are never below 0. `fRegression`: the
   * correlation with values to learn.
   */
  readonly scoreFunc?: 'fClassif' | 'chi2' | 'fRegression' | undefined;
}

const params = z.strictObject({
  k: z
    .union([z.int().min(1), z.literal('all')], { error: "needs a whole number from 1, or 'all'" })
    .default(10)
    .describe("how many columns stay, or 'all'"),
  scoreFunc: z.enum(['fClassif', 'chi2', 'fRegression']).default('fClassif').describe('how much a column tells of the target'),
} satisfies ShapeOf<SelectKBestOptions>);

/**
 * `sklearn.feature_selection.SelectKBest`: scores each column by how much it tells of the target by itself, and keeps the best. It sees
 * the training rows of each fold only: columns that were chosen on all rows would flatter the scores of held-out ones. Of equal columns
 * the last stays. Weights of rows are ignored.
 *
 * Rows `[rows, cols]` become `[rows, k]`, in their order and with their names; a model has `fields.scores`, `[cols]`.
 *
 * @throws E_DATA for a target that cannot be scored so, for numbers below 0 in `chi2`, and for a gap or a column of names
 * @example
 * gridSearch(chain(selectKBest(), logisticRegression()), { 'selectKBest.k': [2, 4, 'all'] }, { folds: 5 });
 */
export const selectKBest = defineEstimator<SelectKBestOptions>()({
  name: 'selectKBest',
  kind: 'transformer',
  supervised: true,
  params,
  async train(rows, { k, scoreFunc }) {
    const scoreOf = scorer(rows, scoreFunc);
    const scores = new Float64Array(rows.x.cols);
    for await (const column of eachColumn(rows)) scores[column.column] = scoreOf(column);
    const known = [...scores].map((score, column) => ({ column, score: score === score ? score : -Infinity }));
    const best = known.toSorted((a, b) => (a.score === b.score ? a.column - b.column : a.score - b.score)).slice(k === 'all' ? 0 : -k);
    return { kept: best.map(({ column }) => column).toSorted((a, b) => a - b), scores };
  },
  ...keeping,
  scores: (model, rows) => keptColumns(model, rows),
});

/** @throws E_DATA for rows of another target */
function scorer(rows: Dataset<'train', Features, 'none'>, scoreFunc: 'fClassif' | 'chi2' | 'fRegression'): (column: ColumnValues) => number {
  if (scoreFunc === 'fRegression') {
    const target = targetOf(rows);
    return ({ values }) => fRegression(values, target);
  }
  const classes = classesOf(rows, scoreFunc);
  if (scoreFunc === 'fClassif') return ({ values }) => fClassif(values, classes);
  return ({ column, values }) => {
    const row = values.findIndex((value) => value < 0);
    if (row < 0) return chi2(values, classes);
    const where = `row ${rows.rows[row]} of ${rows.name} has ${values[row]} in ${columnCalled(column, rows.columns)}`;
    throw new PipelineError('E_DATA', `selectKBest: chi2 compares counts; ${where}.`, { hint: "Use scoreFunc: 'fClassif', or minMax() before." });
  };
}

function classesOf(rows: Rows, scoreFunc: string): Codes {
  if (!('labels' in rows)) {
    throw new PipelineError('E_DATA', `selectKBest: ${scoreFunc} compares classes; the rows of ${rows.name} have none.`, {
      hint: 'values' in rows ? "Use scoreFunc: 'fRegression'." : 'Use it in a chain with a classifier.',
    });
  }
  const labels = labelsOf(rows as Dataset);
  const classes = distinctLabels(labels);
  return { codes: positionsIn(classes, labels), count: classes.length };
}

function targetOf(rows: Rows): Float64Array {
  const { values } = rows as Partial<Dataset<'train', Features, 'values'>>;
  if (values?.cols === 1) return valuesOf(rows as Dataset<'train', Features, 'values'>);
  const found = values ? `${values.cols} values each` : 'no values';
  throw new PipelineError('E_DATA', `selectKBest: fRegression needs one value a row; the rows of ${rows.name} have ${found}.`, {
    hint: values ? 'Learn one of them at a time.' : "Use scoreFunc: 'fClassif', or a table with a value().",
  });
}
