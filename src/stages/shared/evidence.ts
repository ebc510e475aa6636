// What a person wants to look at beside the figures: the weights as a picture, and how a model does at every threshold. Sent as
// events, so terminal, report and live page show the same.
import { nameOf } from '../../core/data/classNames.ts';
import { hasClasses, type PictureShape, type Rows } from '../../core/data/dataset.ts';
import type { Picture, RunEvent } from '../../core/events.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { Classifier, Evaluation, Predictor } from '../../dsl/estimator.ts';
import { calibrationBins, curveOf } from '../../metrics/ranking.ts';
import { countsIn, edgesOf } from './residuals.ts';

/** Most pictures of one kind: a page or a screen of them. */
const MOST_WEIGHTS = 10;
/** Most weights of a model that are told one by one. */
const MOST_FEATURES = 20;

/** A row as the picture that it is. */
export function pictureOf({ width, height, colors, full }: PictureShape, pixels: Uint8Array, caption: string): Picture {
  const shown = full === undefined ? pixels : pixels.map((value) => Math.round((255 * Math.min(value, full)) / full));
  return { kind: colors ?? 'ink', width, height, pixels: shown, caption, ...(full === undefined ? {} : { full }) };
}

/** Weights as pictures, where rows are pictures and the model has one weight a pixel; the largest of them by their features elsewhere. */
export function sendWeights(model: Predictor & Partial<Pick<Classifier, 'classes'>>, train: Rows, { emit, stage }: StageContext): void {
  // Behind transformers, weights are those of what they make.
  const { coef, columns } = model.coef ? model : (model.model ?? {});
  const size = model.coef ? train.picture : undefined;
  if (!coef) return;
  const { classes } = model;
  const nameOfModel = (c: number): string | undefined => {
    if (classes && hasClasses(train)) return String(nameOf(classes[coef.length === 1 ? 1 : c]!, train.classNames));
    return coef.length === 1 ? undefined : `output ${c + 1}`;
  };
  for (const [c, weights] of coef.slice(0, MOST_WEIGHTS).entries()) {
    const name = nameOfModel(c);
    if (!size) {
      emit({ type: 'coefficients', stage, ...(name === undefined ? {} : { model: name }), features: weights.length, largest: largestOf(weights, columns) });
      continue;
    }
    const largest = weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0) || 1;
    const pixels = Uint8Array.from(weights, (weight) => 128 + Math.round((127 * weight) / largest));
    const { width, height, colors, full } = size;
    // A pixel with a weight for each color is shown in the color that it speaks for.
    const kind = colors === 'rgb' ? 'rgb' : 'signed';
    const caption = `weights${name === undefined ? '' : ` of ${name}`}, largest ${largest.toPrecision(2)}`;
    emit({ type: 'picture', stage, of: 'weights', picture: { kind, width, height, pixels, caption, ...(full === undefined ? {} : { full }) } });
  }
}

type Curve = Extract<RunEvent, { type: 'curve' }>;
type Largest = Extract<RunEvent, { type: 'coefficients' }>['largest'];

function largestOf(weights: Float64Array, columns: readonly string[] | undefined): Largest {
  const all = Array.from(weights, (weight, feature) => ({ feature, ...(columns ? { name: columns[feature]! } : {}), weight }));
  return all.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, MOST_FEATURES);
}

/** Classes whose curves are drawn, each against all others: more could not be told apart. */
const MOST_CURVES = 10;
/** Points of each of them. */
const CLASS_POINTS = 80;

/** The curves of an evaluation that has decision values, and rows of the model's classes only. */
export function sendCurves({ classes, labels, classNames, truth, decisions, probabilities }: Evaluation, { emit, stage }: StageContext): void {
  if (labels || !truth || !decisions || classes.length > MOST_CURVES) return;
  const names = classes.map((label) => String(nameOf(label, classNames)));
  const two = classes.length === 2;
  for (const code of two ? [1] : classes.keys()) {
    const own = Uint8Array.from(truth, (one) => (one === code ? 1 : 0));
    const scores = two ? decisions : Float64Array.from(truth, (_, row) => decisions[row * classes.length + code]!);
    const positives = own.reduce((sum, one) => sum + one, 0);
    const negatives = own.length - positives;
    if (positives === 0 || negatives === 0 || !scores.every(Number.isFinite)) continue;
    const more = two ? { ...spreadsOf([names[0]!, names[1]!], own, scores), ...calibrationOf(own, probabilities) } : { positive: names[code]! };
    emit({ type: 'curve', stage, positives, negatives, ...curveOf(own, scores, two ? undefined : CLASS_POINTS), ...more });
  }
}

function calibrationOf(truth: Uint8Array, probabilities: Float64Array | undefined): Pick<Curve, 'calibration'> {
  return probabilities
    ? {
        calibration: calibrationBins(
          truth,
          probabilities.filter((_, i) => i % 2 === 1),
        ),
      }
    : {};
}

/** How the decision values of two classes are spread. */
function spreadsOf(names: readonly [string, string], truth: Uint8Array, decisions: Float64Array): Pick<Curve, 'spread'> {
  const edges = edgesOf(decisions);
  if (!edges) return {};
  const of = (code: number): readonly number[] =>
    countsIn(
      edges,
      decisions.filter((_, row) => truth[row] === code),
    );
  return { spread: { names, edges, negatives: of(0), positives: of(1) } };
}
