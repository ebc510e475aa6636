// Splits of trees of values: the kernels that find them, and how good one is.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { BINS } from '../../kernels/classSplits/classSplits.ts';
import { randomValueSplits } from '../../kernels/randomValueSplits/randomValueSplits.ts';
import { valueSplits, valueSplitWords } from '../../kernels/valueSplits/valueSplits.ts';
import type { Binned } from '../trees/bins.ts';
import type { Members, Searcher, Split } from '../trees/growth/grow.ts';
import { searcherOf, type SearchOptions } from '../trees/growth/search.ts';

interface ValueSplit extends Split {
  /** Weight and sum of each output on the right, `[1 + outputs]`. */
  readonly right: Float64Array;
}

export interface ValueSearchOptions extends SearchOptions {
  readonly outputs: number;
  /** What a split of a node has to gain, at least; absent where any does. */
  readonly leastGain?: ((node: Members) => number) | undefined;
}

export interface ValueSearcher extends Searcher<ValueSplit> {
  /** Row and how often it was drawn, `[member][2]`, as splits have moved them. */
  members(): Promise<Uint32Array>;
}

/**
 * @param members row and how often it was drawn, of all trees, `[member][2]`
 * @param targets of the rows, as value_splits.wgsl has them
 */
export function valueSearcher(compute: Compute, bins: Binned, members: Uint32Array, targets: DeviceBuffer, options: ValueSearchOptions): ValueSearcher {
  const { outputs, least, leastGain, slots, drawn, random } = options;
  const words = valueSplitWords(outputs);
  const sizes = { OUTPUTS: outputs };
  const found = searcherOf<ValueSplit>(compute, bins, members, 1, options, {
    nodeWords: 1 + 2 * outputs,
    splitWords: words,
    laneBytes: random ? 4 : BINS * words * 4,
    writeNode(to, from, { units, at }) {
      to[from] = units[at]!;
      for (let o = 0; o < outputs; o++) {
        const sum = units[at + 1 + o]!;
        const high = Math.floor(sum / 2 ** 32);
        to[from + 1 + 2 * o] = sum - high * 2 ** 32;
        to[from + 2 + 2 * o] = high;
      }
    },
    launch({ positions, counts, ...bindings }, nodes, words, grid) {
      const own = { nodes: nodes.length, words };
      if (random) {
        return compute.launch(randomValueSplits, { params: { ...own, slots, least }, bindings: { ...bindings, targets, positions }, sizes, grid });
      }
      return compute.launch(valueSplits, { params: { ...own, slots, drawn: Number(drawn), least }, bindings: { ...bindings, counts, targets }, sizes, grid });
    },
    // What the squared errors around the means of the sides fall short of those around the mean of the node.
    scorer: ({ units, at }) => {
      const weight = units[at]!;
      return (read, place) => {
        const right = read[place + 1]!;
        const left = weight - right;
        let sum = 0;
        for (let o = 0; o < outputs; o++) {
          const there = read[place + 3 + 2 * o]! * 2 ** 32 + read[place + 2 + 2 * o]!;
          sum += ((units[at + 1 + o]! - there) / left - there / right) ** 2;
        }
        return sum * (left / weight) * right;
      };
    },
    split(own, gain, _node, read, place) {
      const right = new Float64Array(1 + outputs);
      right[0] = read[place + 1]!;
      for (let o = 0; o < outputs; o++) right[1 + o] = read[place + 3 + 2 * o]! * 2 ** 32 + read[place + 2 + 2 * o]!;
      return { ...own, gain, right };
    },
  });
  return {
    async search(nodes, ...asked) {
      const all = await found.search(nodes, ...asked);
      if (!leastGain) return all;
      return all.map(({ split, varied }, i) => ({ varied, split: split && split.gain >= leastGain(nodes[i]!) ? split : undefined }));
    },
    members: async () => new Uint32Array(await compute.read(found.members)),
    async move(nodes) {
      const moved = await found.move(nodes);
      const width = 2 + outputs;
      const sides = new Float64Array(nodes.length * width);
      for (const [i, { members: own, split }] of nodes.entries()) {
        sides[i * width] = moved[i * 2]!;
        for (let at = 0; at <= outputs; at++) sides[i * width + 1 + at] = own.units[own.at + at]! - split.right[at]!;
      }
      return sides;
    },
    release: found.release,
  };
}
