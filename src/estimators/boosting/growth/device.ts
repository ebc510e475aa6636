// The device's part of boosting: it counts the members of large nodes, where it does that sooner than the host. What waits while it
// counts is counted next, all at once.
import type { Compute, DeviceBuffer, Notes } from '../../../core/compute.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { gradientHistograms } from '../../../kernels/gradientHistograms/gradientHistograms.ts';
import { histogramSums } from '../../../kernels/histogramSums/histogramSums.ts';
import type { Binned } from '../columns/bins.ts';
import type { Entries } from './entries.ts';
import { fillFirstBins, histogramOf, sizeOf, sumsOf, type Derivatives, type Layout, type Sums } from './histograms.ts';

/** Fewer additions are made on the host sooner than a launch is back. */
const WORTH_A_LAUNCH = 2 ** 21;
/** Room for the histograms of a launch. */
const HISTOGRAM_BYTES = 64e6;
/** Rows of a stretch, at least: a histogram of fewer takes longer to empty than to fill. */
const STRETCH_ROWS = 2048;
/** Workgroups for a node that keep a device busy. */
const WORKGROUPS = 64;

export interface DeviceCounter {
  readonly notes: Notes;
  /** Whether the device counts so many rows sooner than the host. */
  pays(rows: number): boolean;
  /** Brings the derivatives of a round, a tree after the other. */
  load(derivatives: readonly Derivatives[]): void;
  /** As `histogramOf` counts on the host. */
  histogram(tree: number, members: Uint32Array, sums: Sums, into?: Float64Array): Promise<Float64Array>;
  release(): void;
}

const KERNELS = [gradientHistograms, histogramSums];

/**
 * Whether the device counts all rows sooner than the host does: real GPUs do, and those that are software hardly ever. The histograms
 * are the same. What was measured for about as much to count is not measured again.
 */
export async function countsSooner(device: DeviceCounter, entries: Entries, layout: Layout, derivatives: Derivatives): Promise<boolean> {
  // The host counts entries, the device all bins.
  const cells = derivatives.gradient.numbers.length * entries.length;
  const about = (count: number): number => Math.ceil(Math.log2(1 + count));
  const topic = `boosting counts 2^${about(entries.reduce((sum, { bins }) => sum + bins.length, 0))} of 2^${about(cells)} bins of rows`;
  const known = await device.notes.get(topic, KERNELS);
  if (typeof known === 'boolean') return known;
  const members = Uint32Array.from({ length: derivatives.gradient.numbers.length }, (_, row) => row);
  const sums = sumsOf(derivatives, members);
  await device.histogram(0, members, sums); // shaders are compiled
  const begin = performance.now();
  await device.histogram(0, members, sums);
  const middle = performance.now();
  histogramOf(entries, layout, derivatives, members, sums);
  const sooner = middle - begin < performance.now() - middle;
  await device.notes.set(topic, KERNELS, sooner);
  return sooner;
}

interface Asked {
  readonly tree: number;
  readonly members: Uint32Array;
  readonly sums: Sums;
  readonly into: Float64Array | undefined;
  readonly resolve: (histogram: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Of a row of bins. */
const wordsOf = (cols: number): number => Math.ceil(cols / 4);
const worthIt = (rows: number, cols: number): boolean => rows * cols >= WORTH_A_LAUNCH;

/**
 * @param rows that trees are grown on, the first ones
 * @param trees grown on one load of derivatives
 * @returns undefined where the host is as fast, and where the rows do not fit the device
 */
export async function deviceCounter(
  bins: Binned,
  layout: Layout,
  rows: number,
  trees: number,
  context: Pick<StageContext, 'compute'>,
): Promise<DeviceCounter | undefined> {
  const cols = bins.columns.length;
  if (!worthIt(rows, cols)) return undefined;
  const compute = await context.compute();
  const parts = layout.stride - 1;
  const total = layout.offsets[cols]!;
  const histogramBytes = total * (1 + 2 * parts) * 4;
  const room = Math.min(HISTOGRAM_BYTES, compute.limits.maxBindingBytes);
  const largest = Math.max(rows * wordsOf(cols) * 4, trees * rows * parts * 8);
  return largest > compute.limits.maxBindingBytes || histogramBytes > room
    ? undefined
    : counterOn(compute, bins, layout, rows, trees, Math.floor(room / histogramBytes));
}

/** @param fitting histograms of a launch that there is room for */
function counterOn(compute: Compute, bins: Binned, layout: Layout, rows: number, trees: number, fitting: number): DeviceCounter {
  const { offsets, stride } = layout;
  const cols = bins.columns.length;
  const total = offsets[cols]!;
  const PARTS = stride - 1;
  const numbers = 1 + 2 * PARTS;
  const across = Math.ceil(cols / gradientHistograms.sizes.WORKGROUP);
  const pieces = Math.ceil(WORKGROUPS / across);
  const most = Math.min(fitting, trees * pieces);
  const words = new Uint32Array(trees * rows * PARTS * 2);
  let x: DeviceBuffer | undefined; // not brought in where the host is known to count sooner
  const rowsOfBins = (): DeviceBuffer =>
    compute.upload('bins', rows * wordsOf(cols) * 4, (target) => {
      const [bytes, stride] = [new Uint8Array(target), wordsOf(cols) * 4];
      for (let j = 0; j < cols; j++) for (let row = 0, from = j * bins.rows; row < rows; row++) bytes[row * stride + j] = bins.data[from + row]!;
    });
  const buffers = {
    members: compute.create('members of nodes', trees * rows * 4),
    derivatives: compute.create('derivatives', words.byteLength),
    offsets: compute.upload('first bins', offsets.byteLength, (target) => new Uint32Array(target).set(offsets)),
    stretches: compute.create('stretches', most * 16),
    histograms: compute.create('histograms of stretches', most * total * numbers * 4),
    nodes: compute.create('nodes', most * 8),
    sums: compute.create('histograms', most * total * numbers * 4),
  };
  const waiting: Asked[] = [];
  let counting = false;

  /** As many of those that wait as there is room for: how their members are cut into stretches, and whose those are. */
  function taken(): { readonly asked: readonly Asked[]; readonly stretches: Uint32Array; readonly nodes: Uint32Array } {
    const [stretches, nodes]: [number[], number[]] = [[], []];
    let [from, count] = [0, 0];
    for (const { tree, members } of waiting) {
      const first = stretches.length / 4;
      const own = Math.min(Math.max(1, Math.min(Math.ceil(members.length / STRETCH_ROWS), pieces)), most - first);
      if (own === 0 || from + members.length > trees * rows) break;
      nodes.push(first, first + own);
      const at = (piece: number): number => from + Math.floor((piece * members.length) / own);
      for (let piece = 0; piece < own; piece++) stretches.push(at(piece), at(piece + 1), tree, 0);
      from += members.length;
      count++;
    }
    return { asked: waiting.splice(0, count), stretches: Uint32Array.from(stretches), nodes: Uint32Array.from(nodes) };
  }

  async function countSome(): Promise<void> {
    const { asked, stretches, nodes } = taken();
    try {
      let from = 0;
      for (const { members } of asked) {
        compute.write(buffers.members, members, from * 4);
        from += members.length;
      }
      compute.write(buffers.stretches, stretches);
      compute.write(buffers.nodes, nodes);
      const { nodes: owned, sums, ...bindings } = buffers;
      await compute.launch(gradientHistograms, {
        params: { rows, words: wordsOf(cols), cols },
        bindings: { ...bindings, x: (x ??= rowsOfBins()) },
        sizes: { PARTS },
        grid: [stretches.length / 4, across],
      });
      await compute.launch(histogramSums, {
        params: { bins: total },
        bindings: { histograms: buffers.histograms, nodes: owned, sums },
        sizes: { PARTS },
        grid: [Math.ceil(total / histogramSums.sizes.WORKGROUP), asked.length],
      });
      const each = total * numbers;
      await compute.lend(sums, { sizeBytes: asked.length * each * 4 }, (bytes) => {
        for (const [i, one] of asked.entries()) one.resolve(decoded(new Uint32Array(bytes, i * each * 4, each), one));
      });
    } catch (error) {
      for (const one of asked) one.reject(error);
    }
  }

  function decoded(read: Uint32Array, { sums, into }: Asked): Float64Array {
    const histogram = into ?? new Float64Array(sizeOf(layout));
    for (let bin = 0, at = 0, from = 0; bin < total; bin++, at += stride, from += numbers) {
      histogram[at] = read[from]!;
      histogram[at + 1] = (read[from + 2]! | 0) * 2 ** 32 + read[from + 1]!;
      if (PARTS === 2) histogram[at + 2] = read[from + 4]! * 2 ** 32 + read[from + 3]!;
    }
    fillFirstBins(histogram, layout, sums, [0, cols]);
    return histogram;
  }

  async function countAll(): Promise<void> {
    counting = true;
    await Promise.resolve(); // trees that begin together ask together
    while (waiting.length > 0) await countSome();
    counting = false;
  }

  return {
    notes: compute.notes,
    pays: (count) => worthIt(count, cols),
    load(derivatives) {
      for (const [tree, { gradient, hessian }] of derivatives.entries()) {
        for (const [part, whole] of [gradient, hessian].entries()) {
          if (!whole) continue;
          for (let row = 0, at = (tree * rows * PARTS + part) * 2; row < rows; row++, at += PARTS * 2) {
            const number = whole.numbers[row]!;
            const high = Math.floor(number / 2 ** 32);
            words[at] = number - high * 2 ** 32;
            words[at + 1] = high;
          }
        }
      }
      compute.write(buffers.derivatives, words);
    },
    histogram: (tree, members, sums, into) =>
      new Promise((resolve, reject) => {
        waiting.push({ tree, members, sums, into, resolve, reject });
        if (!counting) void countAll();
      }),
    release: () => compute.release(...Object.values(buffers), ...(x ? [x] : [])),
  };
}
