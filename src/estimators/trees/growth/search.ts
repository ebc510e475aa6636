// The device's part of growing trees, whatever they are of: the best split of each of many nodes, and their members moved to its sides.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import { BINS, classSplits } from '../../../kernels/classSplits/classSplits.ts';
import { placeOf } from '../../../kernels/randomSplits/randomSplits.ts';
import type { Binned } from '../bins.ts';
import type { Members, Searched, Searcher, Split } from './grow.ts';
import { mover } from './move.ts';

/** About the most bytes of splits that are read back at once. */
const SPLITS_BYTES = 16e6;
/** Room for the counts of all invocations of a launch. */
const COUNTS_BYTES = 64e6;
/** Workgroups of a launch for each stretch of features, at most. */
const MOST_WORKERS = 256;
/** Nodes of a launch, at most. */
const MOST_NODES = 65_536;

export interface SearchOptions {
  /** Members on each side, at least. */
  readonly least: number;
  /** Features looked at for each node. */
  readonly slots: number;
  /** Whether these are drawn for each node; else they are all features. */
  readonly drawn: boolean;
  /** Splits are at places drawn, in place of the best. */
  readonly random: boolean;
}

/** What kernels of any target read and write. */
export type SplitBuffers = Readonly<Record<'x' | 'members' | 'nodes' | 'features' | 'positions' | 'counts' | 'splits', DeviceBuffer>>;

/** How kernels look for the splits of one kind of target. */
export interface SplitKernels<S extends Split> {
  /** Of a node, behind the begin and the end of its members. */
  readonly nodeWords: number;
  readonly splitWords: number;
  /** Of the counts of an invocation. */
  readonly laneBytes: number;
  writeNode(words: Uint32Array, at: number, node: Members): void;
  launch(bindings: SplitBuffers, nodes: readonly Members[], words: number, grid: readonly [number, number]): Promise<void>;
  /** How good the split of a node that stands at `place` is, the larger the better. */
  scorer(node: Members): (splits: Uint32Array, place: number) => number;
  /** The best one. */
  split(found: Omit<Split, 'gain'>, score: number, node: Members, splits: Uint32Array, place: number): S;
}

/**
 * @param members row | class << 24 and weight, of all trees, `[member][2]`
 * @param classes of members
 */
export function searcherOf<S extends Split>(
  compute: Compute,
  bins: Binned,
  members: Uint32Array,
  classes: number,
  { slots, drawn, random }: SearchOptions,
  kernels: SplitKernels<S>,
): Omit<Searcher<S>, 'move'> & ReturnType<typeof mover> & { readonly members: DeviceBuffer } {
  const { nodeWords, splitWords, laneBytes, writeNode, launch, scorer, split } = kernels;
  const { buffer: x, words } = bins;
  /** Words of a feature drawn. */
  const each = random ? 2 : 1;
  const { WORKGROUP } = classSplits.sizes;
  const across = Math.ceil(slots / WORKGROUP);
  const room = Math.min(COUNTS_BYTES, compute.limits.maxBindingBytes);
  const workers = Math.min(MOST_WORKERS, Math.max(1, Math.floor(room / (laneBytes * WORKGROUP * across))));
  const record = 2 + nodeWords;
  const splitBytes = slots * splitWords * 4;
  const fitting = Math.floor(compute.limits.maxBindingBytes / Math.max(splitBytes, record * 4, 16));
  const batch = Math.max(1, Math.min(MOST_NODES, fitting, Math.floor(SPLITS_BYTES / splitBytes)));
  const positions = random ? bins.positions() : new Uint32Array(1);
  const buffers = {
    members: compute.upload('members of trees', members.byteLength, (target) => new Uint32Array(target).set(members)),
    nodes: compute.create('nodes of trees', batch * record * 4),
    features: compute.create('features drawn', drawn ? batch * slots * each * 4 : 4),
    counts: compute.create('counts by bin', workers * across * WORKGROUP * laneBytes),
    splits: compute.create('splits', batch * splitBytes),
    positions: compute.upload('positions of bins', positions.byteLength, (target) => new Uint32Array(target).set(positions)),
  };
  const { move, release } = mover(compute, bins, buffers.members, { classes, most: Math.min(MOST_NODES, fitting) });

  async function searchBatch(nodes: readonly Members[], features: Uint32Array, first: boolean, found: Searched<S>[]): Promise<void> {
    const records = new Uint32Array(nodes.length * record);
    for (const [i, node] of nodes.entries()) {
      records[i * record] = node.begin;
      records[i * record + 1] = node.end;
      writeNode(records, i * record + 2, node);
    }
    compute.write(buffers.nodes, records);
    if (drawn) compute.write(buffers.features, features);
    await launch({ x, ...buffers }, nodes, words, [Math.min(workers, nodes.length), across]);
    await compute.lend(buffers.splits, { sizeBytes: nodes.length * splitBytes }, (bytes) => {
      const read = new Uint32Array(bytes);
      for (const [i, node] of nodes.entries()) found.push(bestOf(read, i * slots, node, features, first));
    });
  }

  /** Of equal splits that of the feature looked at first. */
  function bestOf(read: Uint32Array, from: number, node: Members, features: Uint32Array, first: boolean): Searched<S> {
    const score = scorer(node);
    let [varied, best, most] = [false, -1, -Infinity];
    for (let slot = 0; slot < slots; slot++) {
      const place = (from + slot) * splitWords;
      const found = read[place]!;
      if (first && varied) break;
      varied ||= ((found >>> 16) & 3) !== 0;
      if (((found >>> 8) & 255) === 0) continue;
      const own = score(read, place);
      if (own > most) [best, most] = [slot, own];
    }
    if (best < 0) return { split: undefined, varied };
    const place = (from + best) * splitWords;
    const found = read[place]!;
    const feature = drawn ? features[(from + best) * each]! : best;
    const [lower, upper] = [found & 255, (found >>> 8) & 255];
    const threshold = random ? thresholdAt(feature, features[(from + best) * each + 1]!, found) : bins.threshold(feature, lower, upper);
    return { varied, split: split({ feature, lower, threshold }, most, node, read, place) };
  }

  function thresholdAt(feature: number, draw: number, found: number): number {
    const own = positions.subarray(feature * BINS, (feature + 1) * BINS);
    return bins.thresholdAt(feature, placeOf(draw, own[found >>> 24]!, own[(found >>> 8) & 255]!), found & 255);
  }

  return {
    members: buffers.members,
    async search(nodes, features = new Uint32Array(0), first = false) {
      const found: Searched<S>[] = [];
      for (let from = 0; from < nodes.length; from += batch) {
        const end = Math.min(nodes.length, from + batch);
        await searchBatch(nodes.slice(from, end), features.subarray(from * slots * each, end * slots * each), first, found);
      }
      return found;
    },
    move,
    release() {
      release();
      compute.release(...Object.values(buffers));
    },
  };
}
