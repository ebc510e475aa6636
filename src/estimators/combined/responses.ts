// What classifiers say of rows, as those take it that combine them: by decisions where they have some, else by probabilities.
import type { Labels } from '../../core/data/labels.ts';
import type { Device, Evaluation, RowsOf } from '../../dsl/estimator.ts';
import type { FittedClassifier } from '../define/models.ts';

/** Two classes: `[rows]`, of the second. More: `[rows][classes]`. */
export async function responseOf(model: FittedClassifier, rows: RowsOf, context?: Device): Promise<Float64Array> {
  if (model.response !== 'probabilities') return model.decisionFunction(rows, context);
  return ofSecond(await model.predictProba!(rows, context), model.classes.length);
}

/** The same, of rows that were held out. */
export function responseIn({ decisions, probabilities, classes }: Evaluation, { response }: Pick<FittedClassifier, 'response'>): Float64Array {
  return response === 'probabilities' ? ofSecond(probabilities!, classes.length) : decisions!;
}

/** Of `[rows][2]` the second alone: the first says the same. */
export function ofSecond(probabilities: Float64Array, classes: number): Float64Array {
  return classes === 2 ? probabilities.filter((_, at) => at % 2 === 1) : probabilities;
}

/** `[rows][classes]` shares as decisions: of two classes, by how much the second is larger. */
export function asDecisions(shares: Float64Array, classes: number): Float64Array {
  if (classes !== 2) return shares;
  return Float64Array.from({ length: shares.length / 2 }, (_, row) => shares[2 * row + 1]! - shares[2 * row]!);
}

/**
 * `[rows][own]` of a model as `[rows][all]` of all classes, `fill` where it has none.
 *
 * @param own classes of the model @param all those to say something of, ascending
 */
export function spread(said: Float64Array, own: readonly number[], all: readonly number[], fill = 0): Float64Array {
  if (own.length === all.length) return said;
  const places = own.map((label) => all.indexOf(label));
  const out = new Float64Array((said.length / own.length) * all.length).fill(fill);
  for (let row = 0; row * own.length < said.length; row++) places.forEach((place, c) => (out[row * all.length + place] = said[row * own.length + c]!));
  return out;
}

/** One for the class that a model predicts, `[rows][classes]`. */
export function votesOf(labels: Labels, classes: readonly number[]): Float64Array {
  const votes = new Float64Array(labels.length * classes.length);
  labels.forEach((label, row) => (votes[row * classes.length + classes.indexOf(label)] = 1));
  return votes;
}

/** Models compute one after another: each holds rows on the device while it does. */
export async function inTurn<M, T>(models: readonly M[], ask: (model: M, i: number) => Promise<T>): Promise<readonly T[]> {
  const said: T[] = [];
  for (const [i, model] of models.entries()) said.push(await ask(model, i));
  return said;
}

/** Weighted mean of what several say. @param weights one for each; absent for 1 each */
export function meanOf(said: readonly Float64Array[], weights: readonly number[] = said.map(() => 1)): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const out = new Float64Array(said[0]!.length);
  said.forEach((one, k) => one.forEach((value, at) => (out[at]! += value * weights[k]!)));
  return out.map((sum) => sum / total);
}
