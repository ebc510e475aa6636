// What a model says of the rows it was trained on, in float64, in one look at them: its loss, and how often it is right.
import type { BatchRows, ModelTarget } from '../linear/batch.ts';

export interface TrainedOn {
  /** Weighted sum of the losses of the rows. */
  readonly loss: number;
  /** Share of the rows predicted right. */
  readonly accuracy: number;
  /** The same of a model that always says the class with most rows. */
  readonly majority: number;
}

type Rows = Pick<BatchRows, 'truth' | 'folds' | 'weights'>;

/** @param scores of the model's columns, `[columns][rows]` */
export function trainedOn(rows: Rows, target: ModelTarget, scores: readonly Float64Array[]): TrainedOn {
  const { loss, right, counts } = target.columns.length === 1 ? ofTwo(rows, target, scores[0]!) : ofMany(rows, target, scores);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return { loss, accuracy: right / all, majority: Math.max(...counts) / all };
}

interface Sums {
  readonly loss: number;
  readonly right: number;
  /** Rows by class. */
  readonly counts: readonly number[];
}

/** A logarithm of many factors takes a tenth of the time of one each. None is below 1, and none above the number of classes. */
const PRODUCT = 1e250;

function ofTwo({ truth: codes, folds, weights }: Rows, { heldOut, columns }: ModelTarget, scores: Float64Array): Sums {
  const { positive, positiveWeight, negativeWeight } = columns[0]!;
  let loss = 0;
  let logs = 0;
  let positiveLogs = 0;
  let product = 1;
  let positiveProduct = 1;
  let right = 0;
  let positives = 0;
  let rows = 0;
  for (let row = 0; row < codes.length; row++) {
    if (folds !== undefined && folds[row] === heldOut) continue;
    const score = scores[row]!;
    const isPositive = codes[row] === positive;
    const away = isPositive ? -score : score;
    const over = away > 0 ? away : 0;
    const factor = 1 + Math.exp(away > 0 ? -away : away);
    rows++;
    if (isPositive) positives++;
    if (isPositive === score > 0) right++;
    const weight = isPositive ? positiveWeight : negativeWeight;
    if (weights) {
      loss += weights[row]! * weight * (over + Math.log(factor));
      continue;
    }
    loss += weight * over;
    if (isPositive) {
      positiveProduct *= factor;
      if (positiveProduct < PRODUCT) continue;
      positiveLogs += Math.log(positiveProduct);
      positiveProduct = 1;
    } else {
      product *= factor;
      if (product < PRODUCT) continue;
      logs += Math.log(product);
      product = 1;
    }
  }
  loss += positiveWeight * (positiveLogs + Math.log(positiveProduct)) + negativeWeight * (logs + Math.log(product));
  return { loss, right, counts: [rows - positives, positives] };
}

function ofMany({ truth: codes, folds, weights }: Rows, { heldOut, columns }: ModelTarget, scores: readonly Float64Array[]): Sums {
  const counts = columns.map(() => 0);
  const logs = columns.map(() => 0);
  const products = columns.map(() => 1);
  let loss = 0;
  let right = 0;
  for (let row = 0; row < codes.length; row++) {
    if (folds?.[row] === heldOut) continue;
    const own = codes[row]!;
    let said = 0;
    for (let c = 1; c < scores.length; c++) if (scores[c]![row]! > scores[said]![row]!) said = c;
    const largest = scores[said]![row]!;
    let factor = 0;
    for (const score of scores) factor += Math.exp(score[row]! - largest);
    const over = largest - scores[own]![row]!;
    counts[own]!++;
    if (said === own) right++;
    const weight = columns[own]!.positiveWeight;
    if (weights) {
      loss += weights[row]! * weight * (over + Math.log(factor));
      continue;
    }
    loss += weight * over;
    products[own]! *= factor;
    if (products[own]! < PRODUCT) continue;
    logs[own]! += Math.log(products[own]!);
    products[own] = 1;
  }
  columns.forEach(({ positiveWeight }, c) => (loss += positiveWeight * (logs[c]! + Math.log(products[c]!))));
  return { loss, right, counts };
}
