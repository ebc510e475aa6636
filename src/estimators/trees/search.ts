// The device's part of growing trees: the best split of each of many nodes, and their members moved to its sides.
import type { Compute } from '../../core/compute.ts';
import { BINS, classSplits, entropyTerms, SPLIT_WORDS } from '../../kernels/classSplits/classSplits.ts';
import { partition } from '../../kernels/partition/partition.ts';
import type { Binned } from './bins.ts';

/** About the most bytes of splits that are read back at once. */
const SPLITS_BYTES = 16e6;
/** Room for the counts of all invocations of a launch. */
const COUNTS_BYTES = 64e6;
/** Workgroups of a launch for each stretch of features, at most. */
const MOST_WORKERS = 256;
/** Nodes of a launch, at most. */
const MOST_NODES = 65_536;

/** A stretch of members, with their weight by class. */
export interface Members {
  readonly begin: number;
  readonly end: number;
  /** `[classes]` */
  readonly units: Uint32Array;
}

export interface Split {
  readonly feature: number;
  readonly lower: number;
  readonly upper: number;
  /** How much less impure the sides are, times the weight of the node. */
  readonly gain: number;
}

/** Undefined where no feature splits the members so that enough are on each side. */
export interface Searched {
  readonly split: Split | undefined;
  /** Whether any feature differs among the members. */
  readonly varied: boolean;
}

/** `first`: of the first feature that differs, in place of the best of all. */
export interface Looked extends Members {
  /** Features to look at; absent for all. */
  readonly features?: Uint32Array | undefined;
  readonly first?: boolean | undefined;
}

export interface SearchOptions {
  readonly classes: number;
  readonly entropy: boolean;
  /** Members on each side, at least. */
  readonly least: number;
  /** Features looked at for each node. */
  readonly slots: number;
  readonly drawn: boolean;
  /** Weight of the heaviest tree. */
  readonly heaviest: number;
}

export interface Searcher {
  search(nodes: readonly Looked[]): Promise<readonly Searched[]>;
  /** @returns members on the left of each, and their weight by class */
  move(nodes: readonly { readonly members: Members; readonly split: Split }[]): Promise<readonly { readonly rows: number; readonly units: Uint32Array }[]>;
  release(): void;
}

/** @param members row | class << 24 and weight, of all trees, `[member][2]` */
export function searcher(compute: Compute, { buffer: x, rows }: Binned, members: Uint32Array, options: SearchOptions): Searcher {
  const { classes, entropy, least, slots, drawn, heaviest } = options;
  const sizes = { CLASSES: classes, ENTROPY: Number(entropy), ROWS: Number(least > 1) };
  const { WORKGROUP } = classSplits.sizes;
  const across = Math.ceil(slots / WORKGROUP);
  const laneBytes = BINS * (classes + sizes.ROWS) * 4;
  const room = Math.min(COUNTS_BYTES, compute.limits.maxBindingBytes);
  const workers = Math.min(MOST_WORKERS, Math.max(1, Math.floor(room / (laneBytes * WORKGROUP * across))));
  const record = 2 + classes;
  const splitBytes = slots * SPLIT_WORDS * 4;
  const fitting = Math.floor(compute.limits.maxBindingBytes / Math.max(splitBytes, record * 4, 16));
  const batch = Math.max(1, Math.min(MOST_NODES, fitting, Math.floor(SPLITS_BYTES / splitBytes)));
  const movedAtOnce = Math.max(1, Math.min(MOST_NODES, fitting));
  const table = entropy ? entropyTerms(heaviest) : new Uint32Array(2);
  const buffers = {
    members: compute.upload('members of trees', members.byteLength, (target) => new Uint32Array(target).set(members)),
    held: compute.create('right sides', members.byteLength),
    terms: compute.upload('entropy terms', table.byteLength, (target) => new Uint32Array(target).set(table)),
    nodes: compute.create('nodes of trees', batch * record * 4),
    features: compute.create('features drawn', drawn ? batch * slots * 4 : 4),
    counts: compute.create('counts by bin', workers * across * WORKGROUP * laneBytes),
    splits: compute.create('splits', batch * splitBytes),
    moved: compute.create('nodes to split', movedAtOnce * 16),
    left: compute.create('left sides', movedAtOnce * (1 + classes) * 4),
  };
  const score = entropy ? entropyOf : giniOf;

  async function searchBatch(nodes: readonly Looked[], found: Searched[]): Promise<void> {
    const records = new Uint32Array(nodes.length * record);
    const features = new Uint32Array(drawn ? nodes.length * slots : 0);
    nodes.forEach(({ begin, end, units, features: own }, i) => {
      records[i * record] = begin;
      records[i * record + 1] = end;
      records.set(units, i * record + 2);
      if (own) features.set(own, i * slots);
    });
    compute.write(buffers.nodes, records);
    if (drawn) compute.write(buffers.features, features);
    const { moved: _moved, left: _left, held: _held, ...bindings } = buffers;
    await compute.launch(classSplits, {
      params: { nodes: nodes.length, slots, rows, drawn: Number(drawn), least },
      bindings: { x, ...bindings },
      sizes,
      grid: [Math.min(workers, nodes.length), across],
    });
    await compute.lend(buffers.splits, { sizeBytes: nodes.length * splitBytes }, (bytes) => {
      const read = new Uint32Array(bytes);
      for (const [i, node] of nodes.entries()) found.push(bestOf(read, i * slots, node));
    });
  }

  /** Of equal splits that of the feature looked at first. */
  function bestOf(read: Uint32Array, from: number, { units, features, first = false }: Looked): Searched {
    const total = units.reduce((sum, own) => sum + own, 0);
    let [varied, best, most] = [false, -1, -Infinity];
    for (let slot = 0; slot < slots; slot++) {
      const at = (from + slot) * SPLIT_WORDS;
      const bins = read[at]!;
      if (first && varied) break;
      varied ||= bins >>> 16 !== 0;
      if (((bins >>> 8) & 255) === 0) continue;
      const own = score(total, read[at + 1]!, read[at + 3]! * 2 ** 32 + read[at + 2]!, read[at + 5]! * 2 ** 32 + read[at + 4]!);
      if (own > most) [best, most] = [slot, own];
    }
    if (best < 0) return { split: undefined, varied };
    const bins = read[(from + best) * SPLIT_WORDS]!;
    const gain = most - (entropy ? -bitsOf(units, total) : units.reduce((sum, own) => sum + own * own, 0) / total);
    return { varied, split: { feature: features?.[best] ?? best, lower: bins & 255, upper: (bins >>> 8) & 255, gain: Math.max(0, gain) } };
  }

  return {
    async search(nodes) {
      const found: Searched[] = [];
      for (let from = 0; from < nodes.length; from += batch) await searchBatch(nodes.slice(from, from + batch), found);
      return found;
    },
    async move(nodes) {
      const sides: { rows: number; units: Uint32Array }[] = [];
      for (let from = 0; from < nodes.length; from += movedAtOnce) {
        const some = nodes.slice(from, from + movedAtOnce);
        const records = new Uint32Array(some.length * 4);
        some.forEach(({ members: { begin, end }, split }, i) => records.set([begin, end, split.feature, split.lower], i * 4));
        compute.write(buffers.moved, records);
        await compute.launch(partition, {
          params: { nodes: some.length, rows },
          bindings: { x, splits: buffers.moved, members: buffers.members, held: buffers.held, left: buffers.left },
          sizes: { CLASSES: classes },
          grid: [Math.ceil(some.length / partition.sizes.WORKGROUP)],
        });
        const read = new Uint32Array(await compute.read(buffers.left, some.length * (1 + classes) * 4));
        for (let i = 0; i < some.length; i++) {
          const at = i * (1 + classes);
          sides.push({ rows: read[at]!, units: read.subarray(at + 1, at + 1 + classes) });
        }
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
