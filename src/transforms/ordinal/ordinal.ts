// Names as whole numbers.
import { categoriesOf } from '../../core/data/categories.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, inputColumns, levelsOf, positionsIn, type Level } from '../levels/columnValues.ts';
import { unknownLevel } from '../levels/unknownLevel.ts';

export interface OrdinalOptions {
  /** The number of a name that no training row has, such as -1 (scikit-learn's `use_encoded_value`). */
  readonly unknownValue?: number | undefined;
}

const params = z.strictObject({
  unknownValue: z.number().optional().describe('the number of a name that no training row has; by default it is refused'),
} satisfies ShapeOf<OrdinalOptions>);

/**
 * `sklearn.preprocessing.OrdinalEncoder`: each name (or number) becomes its position among those that the training rows have in its
 * column, sorted or in the order of `category({ names: ['low', 'middle', 'high'] })`. A gap is refused: fill it with `impute` first.
 *
 * Rows `[rows, cols]` become `[rows, cols]`; a model has `fields.levels`, a list for each column.
 *
 * @throws E_DATA for a gap, and, without an `unknownValue`, for a name that no training row has
 * @example
 * chain(columns({ categories: ordinal() }), logisticRegression());
 */
export const ordinal = defineEstimator<OrdinalOptions>()({
  name: 'ordinal',
  kind: 'transformer',
  takes: ['categories'],
  params,
  async train(rows, { unknownValue }) {
    const levels: (readonly Level[])[] = [];
    for await (const column of eachColumn(rows)) levels.push(levelsOf(column, rows));
    return { levels, ...(unknownValue === undefined ? {} : { unknownValue }) };
  },
  outputs: ({ levels }) => levels.length,
  outputColumns: inputColumns,
  async scores({ levels, columns, ...model }, rows) {
    const { unknownValue } = model as { readonly unknownValue?: number };
    const there = categoriesOf(rows.x);
    const positions = levels.map((own, j) => positionsIn(own, there?.[j]));
    const out = new Float64Array(rows.rows.length * levels.length);
    for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
      for (let at = 0; at < here * cols; at++) {
        const column = at % cols;
        const position = positions[column]!(x[at]!);
        if (position < 0 && unknownValue === undefined) {
          const where = { row: from + Math.floor(at / cols), column, columns, value: x[at]!, levels: levels[column]! };
          throw unknownLevel('ordinal', rows, where, 'ordinal({ unknownValue: -1 })');
        }
        out[from * cols + at] = position < 0 ? unknownValue! : position;
      }
    }
    return out;
  },
});
