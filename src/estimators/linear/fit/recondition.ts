// The same problem in other coordinates: weights of standardised features. scikit-learn's search, which goes by the weights of the
// features as given, gives up at the majority class where one column is many orders of magnitude larger than the others: the
// loss no longer changes in the 16th digit, though another column would lower it. There the search goes on in these. A search
// that has no path of scikit-learn's to keep to, such as one under an L1 penalty, is in these from the start.
import type { Scaling } from '../../../core/data/dataset.ts';
import { affineOf, type MeasuredFrame } from '../../rows/frame.ts';
import { largest, type Ask, type LbfgsbResult, type LbfgsbState } from '../../solver/lbfgsb.ts';
import type { BatchObjective } from '../../solver/together.ts';
import { widthOf, type ParameterShape } from './objective.ts';

/** A gradient entry this large in units of its column's spread: a column that explains much of what the model gets wrong. */
const STEEP = 0.1;
/** Of a deviation made of squares, as a share of their root. */
const ROUNDING = 1e-6;

export interface Coordinates {
  /** Where a search goes on that gave up on a slope which its own coordinates hide; undefined for any other end. */
  further(ended: LbfgsbResult): LbfgsbState | undefined;
  /** Such a search's end, in the user's coordinates. */
  ended(result: LbfgsbResult, tolerance: number): LbfgsbResult;
  /** A point or a direction in the user's coordinates, and in these. */
  toUser(parameters: Float64Array): Float64Array;
  fromUser(parameters: Float64Array): Float64Array;
  /** A gradient in these. */
  gradientFromUser(gradient: Float64Array): Float64Array;
  /** An L1 penalty of the user's weights as one of each parameter in these. */
  l1FromUser(l1: number): Float64Array;
}

/** The objective of a batch, asked and answered in the coordinates of each model, or in the user's where it has none. */
export function inCoordinates(coordinates: readonly (Coordinates | undefined)[], user: BatchObjective): BatchObjective {
  const toUser = (model: number, parameters: Float64Array): Float64Array => coordinates[model]?.toUser(parameters) ?? parameters;
  return {
    direction: (models, asks) =>
      user.direction(
        models,
        asks.map((ask, i) => ({ ...ask, origin: toUser(models[i]!, ask.origin), direction: toUser(models[i]!, ask.direction) })),
      ),
    trial: (models, asks) => user.trial(models, asks),
    gradient: async (models, asks) => {
      const gradients = await user.gradient(
        models,
        asks.map((ask, i): Extract<Ask, { kind: 'gradient' }> => ({ ...ask, point: toUser(models[i]!, ask.point) })),
      );
      return gradients.map((gradient, i) => coordinates[models[i]!]?.gradientFromUser(gradient) ?? gradient);
    },
  };
}

/** The same of several columns that only tell how they differ: the intercepts of a model add up to 0. */
export function levelled(coordinates: Coordinates, shape: ParameterShape): Coordinates {
  if (shape.columns === 1 || !shape.fitIntercept) return coordinates;
  const toUser = (parameters: Float64Array): Float64Array => {
    const out = coordinates.toUser(parameters);
    const width = widthOf(shape);
    let mean = 0;
    for (let at = shape.cols; at < out.length; at += width) mean += out[at]! / shape.columns;
    for (let at = shape.cols; at < out.length; at += width) out[at]! -= mean;
    return out;
  };
  return { ...coordinates, toUser };
}

/**
 * @param around what features are taken: the center of the frame, or their mean, which bytes may be far from
 * @param penalty of the squares of weights: it curves the objective as much as a spread of its root does
 */
export function standardised(
  frame: MeasuredFrame,
  scaling: Scaling | undefined,
  shape: ParameterShape,
  around: 'center' | 'mean' = 'center',
  penalty = 0,
): Coordinates {
  const { scale, offset: ofCenter } = affineOf(frame, scaling);
  const { cols, columns, fitIntercept } = shape;
  const width = widthOf(shape);
  const mean = around === 'center' ? new Float64Array(cols) : frame.mean;
  // Without an intercept nothing takes up what all features have in common: one direction is steeper, and the search copes with one.
  const offset = around === 'mean' && !fitIntercept ? new Float64Array(cols) : ofCenter.map((value, j) => value + scale[j]! * mean[j]!);
  // A constant column keeps its unit, and one whose deviation is lost in the rounding of its mean, or not in the sample, its size.
  const spread = scale.map((value, j) => {
    const [rms, deviation] = [frame.rms[j]!, Math.sqrt(Math.max(0, frame.rms[j]! ** 2 - mean[j]! ** 2))];
    return Math.hypot(value * (deviation > ROUNDING * rms ? deviation : rms), Math.sqrt(penalty)) || 1;
  });
  const mapped = (parameters: Float64Array, use: (from: Float64Array, to: Float64Array) => void): Float64Array => {
    const out = parameters.slice();
    for (let c = 0; c < columns; c++) use(parameters.subarray(c * width, (c + 1) * width), out.subarray(c * width, (c + 1) * width));
    return out;
  };
  const toUser = (parameters: Float64Array): Float64Array =>
    mapped(parameters, (from, to) => {
      for (let j = 0; j < cols; j++) {
        to[j] = from[j]! / spread[j]!;
        if (fitIntercept) to[cols]! -= offset[j]! * to[j]!;
      }
    });
  const fromUser = (parameters: Float64Array): Float64Array =>
    mapped(parameters, (from, to) => {
      for (let j = 0; j < cols; j++) {
        to[j] = from[j]! * spread[j]!;
        if (fitIntercept) to[cols]! += offset[j]! * from[j]!;
      }
    });
  const gradientToUser = (gradient: Float64Array): Float64Array =>
    mapped(gradient, (from, to) => {
      for (let j = 0; j < cols; j++) to[j] = from[j]! * spread[j]! + (fitIntercept ? offset[j]! * from[cols]! : 0);
    });
  const gradientFromUser = (gradient: Float64Array): Float64Array =>
    mapped(gradient, (from, to) => {
      for (let j = 0; j < cols; j++) to[j] = (from[j]! - (fitIntercept ? offset[j]! * from[cols]! : 0)) / spread[j]!;
    });
  return {
    further({ status, x, value, gradient, iterations }) {
      if (status !== 'flat' && status !== 'stalled') return undefined;
      const slope = gradientFromUser(gradient);
      if (!slope.some((entry, at) => at % width < cols && spread[at % width]! > 1 && Math.abs(entry) > STEEP)) return undefined;
      return { x: fromUser(x), value, gradient: slope, memory: [], iterations, evaluations: 1, first: true };
    },
    ended(result, tolerance) {
      const gradient = gradientToUser(result.gradient);
      const largestGradient = largest(gradient);
      // Whether it converged is judged in the user's coordinates; a slope that only those show is as flat as it gets.
      const status = largestGradient <= tolerance ? 'converged' : result.status === 'converged' ? 'flat' : result.status;
      return { ...result, x: toUser(result.x), gradient, largestGradient, status };
    },
    toUser,
    fromUser,
    gradientFromUser,
    l1FromUser: (l1) => Float64Array.from({ length: columns * width }, (_, at) => (at % width < cols ? l1 / spread[at % width]! : 0)),
  };
}
