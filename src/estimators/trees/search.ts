// The device's part of growing trees: the best split of each of many nodes, and their members moved to its sides.
import type { Compute } from '../../core/compute.ts';
import { BINS, classSplits, entropyTerms, SPLIT_WORDS } from '../../kernels/classSplits/classSplits.ts';
import { partition } from '../../kernels/partition/partition.ts';
import { placeOf, randomSplits } from '../../kernels/randomSplits/randomSplits.ts';
import type { Binned } from './bins.ts';

/** About the most bytes of splits that are read back at once. */
const SPLITS_BYTES = 16e6;
/** Room for the counts of all invocations of a launch. */
const COUNTS_BYTES = 64e6;
/** Workgroups of a launch for each stretch of features, at most. */
const MOST_WORKERS = 256;
/** Nodes of a launch, at most. */
const MOST_NODES = 65_536;

/** A stretch of members, with their weight by class. Forests have millions of them, so several share an array. */
export interface Members {
  readonly begin: number;
  readonly end: number;
  /** Weight by class stands from `at` on. */
  readonly units: Uint32Array;
  readonly at: number;
}

export interface Split {
  readonly feature: number;
  /** The highest bin of the left. */
  readonly lower: number;
  readonly threshold: number;
  /** How much less impure the sides are, times the weight of the node. */
  readonly gain: number;
}

/** Undefined where no feature splits the members so that enough are on each side. */
export interface Searched {
  readonly split: Split | undefined;
  /** Whether any feature differs among the members. */
  readonly varied: boolean;
}

export interface SearchOptions {
  readonly classes: number;
  readonly entropy: boolean;
  /** Members on each side, at least. */
  readonly least: number;
  /** Features looked at for each node. */
  readonly slots: number;
  readonly drawn: boolean;
  /** Splits are at places drawn, in place of the best. */
  readonly random: boolean;
  /** Weight of the heaviest tree. */
  readonly heaviest: number;
}

export interface Searcher {
  /**
   * @param features to look at, `[node][slots]`, where they are drawn; each with what is drawn for its place, where splits are random
   * @param first that of the first feature that differs, in place of the best of all
   */
  search(nodes: readonly Members[], features?: Uint32Array, first?: boolean): Promise<readonly Searched[]>;
  /** @returns members on the left of each, and their weight by class, `[node][1 + classes]` */
  move(nodes: readonly { readonly members: Members; readonly split: Split }[]): Promise<Uint32Array>;
  release(): void;
}

/** @param members row | class << 24 and weight, of all trees, `[member][2]` */
export function searcher(compute: Compute, bins: Binned, members: Uint32Array, options: SearchOptions): Searcher {
  const { classes, entropy, least, slots, drawn, random, heaviest } = options;
  const { buffer: x, words } = bins;
  const sizes = { CLASSES: classes, ENTROPY: Number(entropy) };
  const ROWS = Number(least > 1);
  /** Words of a feature drawn. */
  const each = random ? 2 : 1;
  const { WORKGROUP } = classSplits.sizes;
  const across = Math.ceil(slots / WORKGROUP);
  const laneBytes = random ? classes * 4 : BINS * (classes + ROWS) * 4;
  const room = Math.min(COUNTS_BYTES, compute.limits.maxBindingBytes);
  const workers = Math.min(MOST_WORKERS, Math.max(1, Math.floor(room / (laneBytes * WORKGROUP * across))));
  const record = 2 + classes;
  const splitBytes = slots * SPLIT_WORDS * 4;
  const fitting = Math.floor(compute.limits.maxBindingBytes / Math.max(splitBytes, record * 4, 16));
  const batch = Math.max(1, Math.min(MOST_NODES, fitting, Math.floor(SPLITS_BYTES / splitBytes)));
  const movedAtOnce = Math.max(1, Math.min(MOST_NODES, fitting));
  const positions = random ? bins.positions() : new Uint32Array(1);
  const table = entropy ? entropyTerms(heaviest) : new Uint32Array(2);
  const buffers = {
    members: compute.upload('members of trees', members.byteLength, (target) => new Uint32Array(target).set(members)),
    held: compute.create('right sides', members.byteLength),
    terms: compute.upload('entropy terms', table.byteLength, (target) => new Uint32Array(target).set(table)),
    nodes: compute.create('nodes of trees', batch * record * 4),
    features: compute.create('features drawn', drawn ? batch * slots * each * 4 : 4),
    counts: compute.create('counts by bin', workers * across * WORKGROUP * laneBytes),
    splits: compute.create('splits', batch * splitBytes),
    positions: compute.upload('positions of bins', positions.byteLength, (target) => new Uint32Array(target).set(positions)),
    moved: compute.create('nodes to split', movedAtOnce * 16),
    left: compute.create('left sides', movedAtOnce * (1 + classes) * 4),
  };
  const score = entropy ? entropyOf : giniOf;

  async function searchBatch(nodes: readonly Members[], features: Uint32Array, first: boolean, found: Searched[]): Promise<void> {
    const records = new Uint32Array(nodes.length * record);
    for (const [i, { begin, end, units, at }] of nodes.entries()) {
      records[i * record] = begin;
      records[i * record + 1] = end;
      for (let c = 0; c < classes; c++) records[i * record + 2 + c] = units[at + c]!;
    }
    compute.write(buffers.nodes, records);
    if (drawn) compute.write(buffers.features, features);
    const { moved: _moved, left: _left, held: _held, positions: places, ...bindings } = buffers;
    const grid = [Math.min(workers, nodes.length), across] as const;
    if (random) {
      const params = { nodes: nodes.length, slots, words, least };
      await compute.launch(randomSplits, { params, bindings: { x, ...bindings, positions: places }, sizes, grid });
    } else {
      const params = { nodes: nodes.length, slots, words, drawn: Number(drawn), least };
      await compute.launch(classSplits, { params, bindings: { x, ...bindings }, sizes: { ...sizes, ROWS }, grid });
    }
    await compute.lend(buffers.splits, { sizeBytes: nodes.length * splitBytes }, (bytes) => {
      const read = new Uint32Array(bytes);
      for (const [i, node] of nodes.entries()) found.push(bestOf(read, i * slots, node, features, first));
    });
  }

  /** Of equal splits that of the feature looked at first. */
  function bestOf(read: Uint32Array, from: number, { units, at }: Members, features: Uint32Array, first: boolean): Searched {
    let [total, squares] = [0, 0];
    for (let c = 0; c < classes; c++) {
      total += units[at + c]!;
      squares += units[at + c]! ** 2;
    }
    let [varied, best, most] = [false, -1, -Infinity];
    for (let slot = 0; slot < slots; slot++) {
      const place = (from + slot) * SPLIT_WORDS;
      const found = read[place]!;
      if (first && varied) break;
      varied ||= (found >>> 16) % 2 === 1;
      if (((found >>> 8) & 255) === 0) continue;
      const own = score(total, read[place + 1]!, read[place + 3]! * 2 ** 32 + read[place + 2]!, read[place + 5]! * 2 ** 32 + read[place + 4]!);
      if (own > most) [best, most] = [slot, own];
    }
    if (best < 0) return { split: undefined, varied };
    const found = read[(from + best) * SPLIT_WORDS]!;
    const before = entropy ? -bitsOf(units.subarray(at, at + classes), total) : squares / total;
    const feature = drawn ? features[(from + best) * each]! : best;
    const [lower, upper] = [found & 255, (found >>> 8) & 255];
    const threshold = random ? thresholdAt(feature, features[(from + best) * each + 1]!, found) : bins.threshold(feature, lower, upper);
    return { varied, split: { feature, lower, threshold, gain: Math.max(0, most - before) } };
  }

  function thresholdAt(feature: number, draw: number, found: number): number {
    const own = positions.subarray(feature * BINS, (feature + 1) * BINS);
    return bins.thresholdAt(feature, placeOf(draw, own[found >>> 24]!, own[(found >>> 8) & 255]!), found & 255);
  }

  return {
    async search(nodes, features = new Uint32Array(0), first = false) {
      const found: Searched[] = [];
      for (let from = 0; from < nodes.length; from += batch) {
        const end = Math.min(nodes.length, from + batch);
        await searchBatch(nodes.slice(from, end), features.subarray(from * slots * each, end * slots * each), first, found);
      }
      return found;
    },
    async move(nodes) {
      const sides = new Uint32Array(nodes.length * (1 + classes));
      for (let from = 0; from < nodes.length; from += movedAtOnce) {
        const some = nodes.slice(from, from + movedAtOnce);
        const records = new Uint32Array(some.length * 4);
        for (const [i, { members, split }] of some.entries()) {
          records[i * 4] = members.begin;
          records[i * 4 + 1] = members.end;
          records[i * 4 + 2] = split.feature;
          records[i * 4 + 3] = split.lower;
        }
        compute.write(buffers.moved, records);
        await compute.launch(partition, {
          params: { nodes: some.length, words },
          bindings: { x, splits: buffers.moved, members: buffers.members, held: buffers.held, left: buffers.left },
          sizes: { CLASSES: classes },
          grid: [Math.ceil(some.length / partition.sizes.WORKGROUP)],
        });
        await compute.lend(buffers.left, { sizeBytes: some.length * (1 + classes) * 4 }, (bytes) =>
          sides.set(new Uint32Array(bytes, 0, some.length * (1 + classes)), from * (1 + classes)),
        );
      }
      return sides;
    },
    release: () => compute.release(...Object.values(buffers)),
  };
}

/** The larger the better: weight of the node less the impurity of its sides. */
function giniOf(total: number, right: number, leftSquares: number, rightSquares: number): number {
  return leftSquares / (total - right) + rightSquares / right;
}

/** The same of entropy: what is left to say, with 32 bits behind the point. */
function entropyOf(_total: number, _right: number, bits: number): number {
  return -bits / 2 ** 32;
}

/** Weight times entropy. */
function bitsOf(units: Uint32Array, total: number): number {
  return total * Math.log2(total) - units.reduce((sum, own) => sum + (own > 0 ? own * Math.log2(own) : 0), 0);
}
