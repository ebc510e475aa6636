// Rows that are held back from training, to tell when it should stop. As scikit-learn 1.9 draws them.
import { called } from '../../core/data/classNames.ts';
import type { ClassName } from '../../core/data/dataset.ts';
import type { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { drawnByClass, drawnRows, type TrainTest } from '../../core/folds/trainTest.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

/** Classes of rows that are divided so that each side has as many of each as its share. */
export interface ByClass {
  readonly codes: ArrayLike<number>;
  /** Of each code. */
  readonly classes: readonly number[];
  readonly classNames?: readonly ClassName[] | undefined;
}

/**
 * Positions of the rows trained on, and of those held back.
 *
 * @throws E_PARAMS where no rows are left to train on, E_CLASS where a class cannot be on both sides
 */
export function heldBack(name: string, { name: dataset, rows }: RowsOf, fraction: number, random: RandomState, byClass: ByClass | undefined): TrainTest {
  const count = fraction < 1 ? Math.ceil(fraction * rows.length) : fraction;
  if (count >= rows.length) {
    throw new PipelineError('E_PARAMS', `${name}: validationFraction ${fraction} holds back all ${rows.length} rows of ${dataset}.`, {
      hint: 'Hold back fewer rows, or set earlyStopping: false.',
    });
  }
  const sides = { train: rows.length - count, test: count };
  if (!byClass) return drawnRows(rows.length, sides, random);
  const { codes, classes, classNames } = byClass;
  const sizes = classes.map(() => 0);
  for (let row = 0; row < codes.length; row++) sizes[codes[row]!]!++;
  const single = sizes.indexOf(1);
  if (single >= 0 || Math.min(count, rows.length - count) < classes.length) {
    const what = single >= 0 ? `one row alone has ${called(classes[single]!, classNames)}` : `there are ${classes.length} classes`;
    throw new PipelineError('E_CLASS', `${name}: ${what}, and ${count} of the ${rows.length} rows of ${dataset} are held back to tell when to stop.`, {
      hint: 'Leave rare classes out, hold back another number of rows, or set earlyStopping: false.',
    });
  }
  return drawnByClass(name, codes, sides, random, (code) => called(classes[code]!, classNames));
}

/** @throws E_PARAMS for a single row of values, of which there is no r2: training would never know when to stop */
export function checkScored(name: string, { name: dataset, rows }: RowsOf, held: Uint32Array | undefined): void {
  if (held?.length !== 1) return;
  throw new PipelineError('E_PARAMS', `${name}: validationFraction holds back one of the ${rows.length} rows of ${dataset}; r2 needs two.`, {
    hint: 'Hold back more rows, or set earlyStopping: false.',
  });
}
