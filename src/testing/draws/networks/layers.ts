// Launches of the kernels of perceptrons.
import { RandomState } from '../../../core/data/random.ts';
import { byteStep, byteStride } from '../../../kernels/byteStep/byteStep.ts';
import { denseLayer } from '../../../kernels/denseLayer/denseLayer.ts';
import { joinSums } from '../../../kernels/joinSums/joinSums.ts';
import { wholeSubgroups } from '../../../kernels/lib/subgroups.ts';
import { lastLayer } from '../../../kernels/lastLayer/lastLayer.ts';
import { layerBack } from '../../../kernels/layerBack/layerBack.ts';
import { layerGradient } from '../../../kernels/layerGradient/layerGradient.ts';
import { outputDelta } from '../../../kernels/outputDelta/outputDelta.ts';
import { scaleBytes } from '../../../kernels/scaleBytes/scaleBytes.ts';
import { weightStep } from '../../../kernels/weightStep/weightStep.ts';
import { type Device, type Draws, type Form, formOf, formsOf, natural, record, seeds, tuple, uniform } from '../draw.ts';

/** A workgroup of a layer: whole subgroups. */
const workgroupIn = (device: Device, random: RandomState): number => wholeSubgroups(16, device) << random.interval(1);

/** Quads of inputs that are present, in any order, behind others' and before those that are not. */
function presentOf(random: RandomState, inQuads: number) {
  const [presentAt, presentQuads] = [random.interval(3), random.interval(inQuads)];
  const order = random.permutation(inQuads);
  return { some: { presentAt, presentQuads }, present: Uint32Array.from([...new Uint32Array(presentAt), ...order]), absent: [...order.subarray(presentQuads)] };
}

/** A layer of units, and some of the rows that it is asked of. */
const layers = record({
  seed: seeds,
  rows: natural(1, 70),
  firstRow: natural(0, 9),
  inQuads: natural(1, 20),
  outQuads: natural(1, 9),
  activation: natural(0, 3),
});

const formed = (device: Device, form: Form): Draws => ({
  [`denseLayer, ${form}`]: layers.map(({ seed, rows, firstRow, inQuads, outQuads, activation }) => {
    const random = new RandomState(seed);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = workgroupIn(device, random);
    const values = uniform(random);
    const { some, present } = presentOf(random, inQuads);
    return {
      kernel: formOf(denseLayer, form),
      of: denseLayer,
      launch: {
        params: { rows, firstRow, inQuads, outQuads, units: outQuads * 4 - random.interval(3), activation, ...some },
        sizes: { ACROSS, WORKGROUP },
        grid: [Math.max(1, Math.ceil(outQuads / ACROSS) - random.interval(1)), Math.ceil(rows / 4 / WORKGROUP)],
      },
      buffers: {
        inputs: values((firstRow + rows) * inQuads * 4),
        weights: values((inQuads * 4 + 1) * outQuads * 4),
        present,
        outputs: values(rows * outQuads * 4),
      },
      allowed: { outputs: 1e-5 },
    };
  }),
  [`layerBack, ${form}`]: layers.map(({ seed, rows, inQuads, outQuads, activation }) => {
    const random = new RandomState(seed);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = workgroupIn(device, random);
    const values = uniform(random);
    return {
      kernel: formOf(layerBack, form),
      of: layerBack,
      launch: {
        params: { rows, inQuads, outQuads, activation },
        sizes: { ACROSS, WORKGROUP },
        grid: [Math.max(1, Math.ceil(inQuads / ACROSS) - random.interval(1)), Math.ceil(rows / 4 / WORKGROUP)],
      },
      buffers: {
        deltas: values(rows * outQuads * 4),
        weights: values((inQuads * 4 + 1) * outQuads * 4),
        // Some units of relu made nothing.
        inputs: values(rows * inQuads * 4).map((value) => Math.max(activation === 3 ? 0 : -1, value)),
        before: values(rows * inQuads * 4),
      },
      allowed: { before: 1e-5 },
    };
  }),
  [`layerGradient, ${form}`]: tuple(layers, natural(1, 3), natural(0, 1)).map(([{ seed, rows, firstRow, inQuads, outQuads }, parts, more]) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = workgroupIn(device, random);
    const { some, present, absent } = presentOf(random, inQuads);
    return {
      kernel: formOf(layerGradient, form),
      of: layerGradient,
      launch: {
        params: { rows, firstRow, inQuads, outQuads, partRows: Math.ceil(rows / parts), more, ...some },
        sizes: { ACROSS, WORKGROUP },
        // A part behind the last row is 0.
        grid: [Math.ceil(outQuads / ACROSS), Math.ceil((inQuads + 1) / WORKGROUP), parts + random.interval(1)],
      },
      buffers: {
        // What is not present is 0.
        inputs: values((firstRow + rows) * inQuads * 4).map((value, at) => (absent.includes(Math.floor(at / 4) % inQuads) ? 0 : value)),
        deltas: values(rows * outQuads * 4),
        present,
        parts: values((parts + 1) * (inQuads * 4 + 1) * outQuads * 4),
      },
      allowed: { parts: 1e-5 },
    };
  }),
});

const plain: Draws = {
  joinSums: layers.map(({ seed, rows, inQuads, outQuads, activation }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const [quads, parts] = [rows * outQuads, 1 + random.interval(3)];
    const sizes = { EACH: 1 + random.interval(3), WORKGROUP: 16 };
    return {
      kernel: joinSums,
      launch: {
        params: { quads, outQuads, units: outQuads * 4 - random.interval(3), activation, parts, constantsAt: inQuads * 4 * outQuads },
        sizes,
        grid: [Math.max(1, Math.ceil(quads / (sizes.EACH * 16)) - random.interval(1))],
      },
      buffers: { parts: values(parts * quads * 4), weights: values((inQuads * 4 + 1) * outQuads * 4), outputs: values(quads * 4) },
      allowed: { outputs: 1e-5 },
    };
  }),
  scaleBytes: record({ seed: seeds, rows: natural(1, 40), quads: natural(1, 20) }).map(({ seed, rows, quads }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const sizes = { EACH: 1 + random.interval(8), WORKGROUP: 16 };
    return {
      kernel: scaleBytes,
      launch: { params: { rows, quads }, sizes, grid: [Math.ceil(quads / 16), Math.max(1, Math.ceil(rows / sizes.EACH) - random.interval(1))] },
      buffers: {
        bytes: Uint32Array.from({ length: rows * quads }, () => random.uint32()),
        scaling: Float32Array.from([...values(quads * 4, 200).map(Math.round), ...values(quads * 4, 0.5), ...values(quads * 4, 0.01)]),
        x: values(rows * quads * 4),
      },
      allowed: { x: 1e-6 },
    };
  }),
  weightStep: record({ seed: seeds, quads: natural(1, 300), parts: natural(1, 4), solver: natural(0, 2) }).map(({ seed, quads, parts, solver }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const EACH = 1 + random.interval(1);
    const grid = [Math.max(1, Math.ceil(quads / (64 * EACH)) - random.interval(1))] as const;
    const squaresAt = random.interval(5);
    return {
      kernel: weightStep,
      launch: {
        params: {
          quads,
          constants: random.interval(quads),
          parts,
          solver,
          squaresAt,
          alpha: 0.25,
          weightSum: 1.5,
          rate: 0.125,
          first: 0.75,
          second: 0.875,
          epsilon: 0.5,
        },
        sizes: { EACH },
        grid,
      },
      buffers: {
        parts: values(parts * quads * 4),
        weights: values(quads * 4),
        moments: values(2 * quads * 4).map(Math.abs),
        squares: values(squaresAt + grid[0] + 1),
      },
      allowed: { weights: 1e-5, moments: 1e-5, squares: 1e-3 },
    };
  }),
  outputDelta: tuple(layers, natural(0, 2)).map(([{ seed, rows, firstRow, outQuads: some }, kind]) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const outQuads = kind === 1 ? 1 : some;
    const outputs = kind === 1 ? 1 : outQuads * 4 - random.interval(3);
    const targets = {
      0: Float32Array.from({ length: firstRow + rows }, () => random.interval(outputs - 1)),
      1: Float32Array.from({ length: firstRow + rows }, () => random.interval(1)),
      2: values((firstRow + rows) * outputs),
    }[kind]!;
    return {
      kernel: outputDelta,
      launch: { params: { rows, firstRow, outputs, outQuads, kind }, grid: [Math.max(1, Math.ceil(rows / 64) - random.interval(1))] },
      buffers: {
        sums: values(rows * outQuads * 4, 30),
        targets,
        weights: values(firstRow + rows),
        deltas: values(rows * outQuads * 4),
        losses: values(firstRow + rows),
      },
      allowed: { deltas: 1e-4, losses: 1e-4 * 30 },
    };
  }),
};

/** Layers of bytes, which lanes hand round. Some bytes are 0, and so are some words. */
const ofBytes = ({ subgroupLanes: WORKGROUP }: Device): Draws => ({
  byteStep: tuple(layers, natural(0, 40), natural(0, 2), natural(0, 2)).map(
    ([{ seed, rows, firstRow, inQuads, outQuads, activation }, ahead, SOLVER, shape]) => {
      const random = new RandomState(seed);
      const values = uniform(random);
      const sizes = {
        ...[
          { WORDS: 4, ACROSS: 1, ROWS: 2 },
          { WORDS: 12, ACROSS: 2, ROWS: 1 },
          { WORDS: 8, ACROSS: 1, ROWS: 3 },
        ][shape]!,
        SOLVER,
        WORKGROUP,
      };
      const grid = [Math.ceil(outQuads / (sizes.ACROSS * WORKGROUP)), Math.ceil(inQuads / sizes.WORDS)] as const;
      const stride = byteStride(inQuads);
      const behind = activation === 0 && ahead > 0 ? 0 : rows;
      const numbers = (inQuads * 4 + 1) * outQuads * 4;
      const word = (at: number): number => (at % (stride * 4) >= inQuads || random.interval(1) === 0 ? 0 : random.uint32() & 0xff00ffff);
      const squaresAt = random.interval(5);
      return {
        kernel: byteStep,
        launch: {
          params: {
            behind,
            firstBehind: firstRow,
            ahead,
            firstAhead: random.interval(3),
            inQuads,
            outQuads,
            stride,
            squaresAt,
            alpha: 0.25,
            weightSum: 1.5,
            rate: 0.125,
            first: 0.75,
            second: 0.875,
            epsilon: 0.5,
          },
          sizes,
          grid,
        },
        buffers: {
          bytes: Uint32Array.from({ length: (firstRow + rows + ahead + 3) * stride * 4 }, (_, at) => word(at)),
          scaling: Float32Array.from([...new Float32Array(stride * 32), ...values(stride * 16, 0.01)]),
          deltas: values(rows * outQuads * 4),
          weights: values(numbers),
          moments: values(2 * numbers).map(Math.abs),
          sums: values(grid[1] * ahead * outQuads * 4 + 4),
          squares: values(squaresAt + grid[0] * grid[1] + 1),
        },
        allowed: { weights: 1e-5, moments: 1e-5, sums: 1e-4, squares: 1e-4 },
      };
    },
  ),
});

const lastLayers = ({ subgroupLanes: WORKGROUP }: Device): Draws => ({
  lastLayer: tuple(layers, natural(1, 3), natural(0, 1), natural(0, 2)).map(([{ seed, rows, firstRow, inQuads, outQuads, activation }, parts, more, kind]) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const UNITS = kind === 1 ? 1 : Math.min(12, outQuads * 4 - random.interval(3));
    const quads = Math.ceil(UNITS / 4);
    const targets = firstRow + rows;
    const JOINED = random.interval(1);
    const [inParts, constantsAt] = JOINED === 1 ? [1 + random.interval(3), random.interval(4)] : [1, 0];
    return {
      kernel: lastLayer,
      launch: {
        params: {
          rows,
          firstRow,
          inQuads,
          outQuads: quads,
          inUnits: inQuads * 4 - random.interval(3),
          inParts,
          constantsAt,
          partRows: Math.ceil(rows / parts),
          more,
        },
        sizes: { VECTORS: Math.ceil((inQuads + 1) / WORKGROUP), UNITS, JOINED, ACTIVATION: activation, KIND: kind, WORKGROUP },
        // A part behind the last row is 0.
        grid: [parts + random.interval(1)] as const,
      },
      buffers: {
        // Some units of relu made nothing.
        inputs: values(inParts * rows * inQuads * 4).map((value) => Math.max(activation === 3 && JOINED === 0 ? 0 : -1, value)),
        constants: values((constantsAt + inQuads) * 4),
        weights: values((inQuads * 4 + 1) * quads * 4),
        targets: kind === 2 ? values(targets * UNITS) : Float32Array.from({ length: targets }, () => random.interval(kind === 1 ? 1 : UNITS - 1)),
        counts: values(targets).map(Math.abs),
        before: values(rows * inQuads * 4),
        losses: values(targets),
        parts: values((parts + 1) * (inQuads * 4 + 1) * quads * 4),
      },
      allowed: { before: 1e-4, losses: 1e-4, parts: 1e-4 },
    };
  }),
});

/** Of perceptrons. */
export const layerDraws = (device: Device): Draws => ({
  ...plain,
  ...Object.assign({}, ...formsOf(device).map((form) => formed(device, form))),
  ...(device.subgroupLanes > 0 ? { ...ofBytes(device), ...lastLayers(device) } : {}),
});
