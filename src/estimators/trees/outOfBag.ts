// How a forest does on rows by the trees that did not draw them.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device } from '../../dsl/estimator.ts';
import type { TrainingRows } from '../define/define.ts';
import { eachLeaves, type TreesFields } from './model.ts';

/** Accuracy on the rows that some tree did not draw. @throws E_PARAMS where every tree drew all rows */
export async function outOfBag(
  name: string,
  rows: TrainingRows<'classifier'>,
  fields: TreesFields,
  repeats: readonly (Uint32Array | undefined)[],
  context: Device,
): Promise<number> {
  const classes = rows.classes.length;
  const { values } = fields;
  const [votes, sums] = [new Uint32Array(rows.rows.length), new Float64Array(rows.rows.length * classes)];
  await eachLeaves(context, fields, rows, (from, leaves) => {
    const trees = repeats.length;
    for (let at = 0; at < leaves.length; at++) {
      const row = from + Math.floor(at / trees);
      if (repeats[at % trees]?.[row] !== 0) continue;
      votes[row]!++;
      for (let c = 0; c < classes; c++) sums[row * classes + c]! += values[leaves[at]! * classes + c]!;
    }
  });
  let [counted, right] = [0, 0];
  for (let row = 0; row < votes.length; row++) {
    if (votes[row] === 0) continue;
    counted++;
    const own = sums.subarray(row * classes, (row + 1) * classes);
    right += Number(own.indexOf(Math.max(...own)) === rows.codes[row]);
  }
  if (counted > 0) return right / counted;
  throw new PipelineError('E_PARAMS', `${name}: oobScore scores rows by trees that did not draw them, and every tree drew all rows.`, {
    hint: 'Set bootstrap to true, and grow more trees.',
  });
}
