// What lbfgs_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { decodeWeightColumns } from '../lib/unpack.ts';
import { WEIGHT_COLUMN_WORDS } from '../lib/weightColumn.ts';
import { pairOf, readState, RING, TAKE, VECTORS, writeState } from './lbfgsState.ts';
import { lbfgsStepReference, type StepInput } from './lbfgsStep.reference.ts';

type Step = HostLaunch<
  'take' | 'round' | 'classes' | 'cols' | 'width' | 'lanes' | 'launched' | 'pieces' | 'words' | 'padded' | 'eights' | 'tail' | 'affine' | 'level',
  'losses' | 'sums' | 'affines' | 'states' | 'vectors' | 'weights' | 'taken' | 'tried'
>;

export function lbfgsStepOnHost({ params, buffers, grid }: Step): void {
  const { classes, width, take, round } = params;
  const size = classes * width;
  const columns = decodeWeightColumns(buffers.tried);
  for (let model = 0; model < grid[0]; model++) {
    const first = model * classes;
    const slot = Math.floor(columns[first]!.slot / classes);
    const vectors = new Float32Array(buffers.vectors, slot * VECTORS * size * 4, VECTORS * size);
    const pair = (kind: number): Float64Array => Float64Array.from({ length: size }, (_, at) => vectors[kind * size + at]! + vectors[(kind + 1) * size + at]!);
    const single = (kind: number): Float64Array => Float64Array.from(vectors.subarray(kind * size, (kind + 1) * size));
    const state = readState(buffers.states, slot);
    const input: StepInput = {
      state,
      x: pair(0),
      gradient: pair(2),
      direction: pair(4),
      steps: Array.from({ length: RING }, (_, i) => single(6 + i)),
      changes: Array.from({ length: RING }, (_, i) => single(6 + RING + i)),
      isIntercept: (at) => at % width === params.cols,
      evaluated: take !== TAKE.nothing ? evaluatedBy({ params, buffers }, model, slot) : undefined,
    };
    lbfgsStepReference(input);
    const put = (kind: number, values: Float64Array): void => values.forEach((value, at) => (vectors[kind * size + at] = value));
    const putPair = (kind: number, values: Float64Array): void =>
      values.forEach((value, at) => ([vectors[kind * size + at], vectors[(kind + 1) * size + at]] = pairOf(value)));
    [input.x, input.gradient, input.direction].forEach((values, i) => putPair(2 * i, values));
    [...input.steps, ...input.changes].forEach((values, i) => put(6 + i, values));
    const trace = state.trace.map((old, i) =>
      take === TAKE.all && i === round ? { iterations: state.iterations, value: state.value, largest: state.largest } : old,
    );
    writeState(buffers.states, slot, { ...state, trace });
    for (let c = 0; c < classes; c++) {
      for (const [bytes, step] of [
        [buffers.taken, state.taken],
        [buffers.tried, state.step],
      ] as const)
        new Float32Array(bytes)[(first + c) * WEIGHT_COLUMN_WORDS + 3] = step;
      const own = input.direction.subarray(c * width, (c + 1) * width);
      if (take !== TAKE.loss) writeWeights({ params, buffers }, first + c, slot, own);
    }
  }
}

/** The evaluation of a model, of the partial sums that kernels left. */
function evaluatedBy({ params, buffers }: Pick<Step, 'params' | 'buffers'>, model: number, slot: number): NonNullable<StepInput['evaluated']> {
  const { take, classes, cols, width, lanes, launched, words, padded, affine, level } = params;
  const losses = new Float32Array(buffers.losses);
  let [change, slope] = [0, 0];
  for (let lane = model * lanes; lane < (model + 1) * lanes; lane++) {
    change += losses[lane * 2]!;
    slope += losses[lane * 2 + 1]!;
  }
  if (take === TAKE.loss) return { change, slope, sums: undefined };
  const partials = new Float32Array(buffers.sums);
  const { scale, offset } = affineIn(buffers.affines, slot, cols);
  const sums = new Float64Array(classes * width);
  for (let c = 0; c < classes; c++) {
    const sumOf = (j: number): number => {
      let sum = 0;
      for (let piece = 0; piece < launched; piece++) sum += partials[(piece * padded + model * classes + c) * words * 4 + j]!;
      return sum;
    };
    const residuals = sumOf(cols);
    for (let j = 0; j < width; j++) sums[c * width + j] = affine === 1 && j < cols ? scale(j) * sumOf(j) + offset(j) * residuals : sumOf(j);
  }
  if (level === 1) {
    for (let j = 0; j < width; j++) {
      let mean = 0;
      for (let at = j; at < sums.length; at += width) mean += sums[at]! / classes;
      for (let at = j; at < sums.length; at += width) sums[at]! -= mean;
    }
  }
  return { change, slope, sums };
}

function writeWeights({ params, buffers }: Pick<Step, 'params' | 'buffers'>, column: number, slot: number, direction: Float64Array): void {
  const { cols, width, words, eights, tail, affine } = params;
  const [members, member] = column < eights ? [8, column % 8] : [tail, column - eights];
  const weights = new Float32Array(buffers.weights);
  const at = (j: number): number => ((column - member) * words + (j >> 2) * members + member) * 4 + (j & 3);
  const { scale, offset } = affineIn(buffers.affines, slot, cols);
  let level = width > cols ? direction[cols]! : 0;
  for (let j = 0; j < cols; j++) {
    weights[at(j)] = direction[j]! * (affine === 1 ? scale(j) : 1);
    if (affine === 1) level += direction[j]! * offset(j);
  }
  weights[at(cols)] = level;
}

/** Scale and offset of each feature of a model. */
function affineIn(bytes: ArrayBuffer, slot: number, cols: number) {
  const values = new Float32Array(bytes);
  const pair = (at: number): number => values[at]! + values[at + 1]!;
  return { scale: (j: number) => pair((slot * cols + j) * 4), offset: (j: number) => pair((slot * cols + j) * 4 + 2) };
}
