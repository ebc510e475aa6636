// What a forest says of rows by the trees that did not draw them.
import { valuesOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device } from '../../dsl/estimator.ts';
import { r2 } from '../../metrics/regression.ts';
import type { TrainingRows } from '../define/define.ts';
import { eachLeaves } from '../trees/model.ts';
import type { PlantedValues, ValueTreesFields } from './forest.ts';

/** Of a forest that was asked for it. */
export interface ForestRegressorFields extends ValueTreesFields {
  /** Mean over the trees that did not draw a training row, `[rows][outputs]`; NaN where each drew it. */
  readonly oobPrediction?: Float64Array | undefined;
  /** R2 of those, over the rows that have one. */
  readonly oobScore?: number | undefined;
}

/** @throws E_PARAMS where every tree drew all rows */
export async function withOutOfBag(
  name: string,
  rows: TrainingRows<'regressor'>,
  { fields, repeats }: PlantedValues,
  context: Device,
): Promise<ForestRegressorFields> {
  const { outputs, values } = fields;
  const [said, sums] = [new Uint32Array(rows.rows.length), new Float64Array(rows.rows.length * outputs)];
  await eachLeaves(context, fields, rows, (from, leaves) => {
    for (let at = 0; at < leaves.length; at++) {
      const row = from + Math.floor(at / repeats.length);
      if (repeats[at % repeats.length]?.[row] !== 0) continue;
      said[row]!++;
      for (let o = 0; o < outputs; o++) sums[row * outputs + o]! += values[leaves[at]! * outputs + o]!;
    }
  });
  if (said.every((trees) => trees === 0)) {
    throw new PipelineError('E_PARAMS', `${name}: oobScore scores rows by trees that did not draw them, and every tree drew all rows.`, {
      hint: 'Set bootstrap to true, and grow more trees.',
    });
  }
  const oobPrediction = sums.map((sum, at) => sum / said[Math.floor(at / outputs)]!);
  const counted = (numbers: Float64Array): Float64Array => numbers.filter((_, at) => said[Math.floor(at / outputs)]! > 0);
  return { ...fields, oobPrediction, oobScore: r2({ of: 'values', outputs, truth: counted(valuesOf(rows)), predicted: counted(oobPrediction) }) };
}
