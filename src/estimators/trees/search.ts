// Splits of trees of classes: the kernels that find them, and how good one is.
import type { Compute } from '../../core/compute.ts';
import { BINS, classSplitsOn, entropyTerms, LIGHT_UNITS, SPLIT_WORDS } from '../../kernels/classSplits/classSplits.ts';
import { randomSplits } from '../../kernels/randomSplits/randomSplits.ts';
import type { Binned } from './bins.ts';
import type { Members, Searcher } from './growth/grow.ts';
import { searcherOf, type SearchOptions } from './growth/search.ts';

export interface ClassSearchOptions extends SearchOptions {
  readonly classes: number;
  readonly entropy: boolean;
  /** Weight of the heaviest tree. */
  readonly heaviest: number;
}

/** @param members row | class << 24 and weight, of all trees, `[member][2]` */
export function searcher(compute: Compute, bins: Binned, members: Uint32Array, options: ClassSearchOptions): Searcher {
  const { classes, entropy, least, slots, drawn, random, heaviest } = options;
  const sizes = { CLASSES: classes, ENTROPY: Number(entropy) };
  const kernel = classSplitsOn(compute);
  const ROWS = Number(least > 1);
  const table = entropy ? entropyTerms(heaviest) : new Uint32Array(2);
  const terms = compute.upload('entropy terms', table.byteLength, (target) => new Uint32Array(target).set(table));
  const found = searcherOf(compute, bins, members, classes, options, {
    nodeWords: classes,
    splitWords: SPLIT_WORDS,
    laneBytes: random ? classes * 4 : BINS * (classes + ROWS) * 4,
    writeNode(words, to, { units, at }) {
      for (let c = 0; c < classes; c++) words[to + c] = units[at + c]!;
    },
    launch({ positions, ...bindings }, found, words, grid) {
      const nodes = found.length;
      if (random) {
        return compute.launch(randomSplits, { params: { nodes, slots, words, least }, bindings: { ...bindings, positions, terms }, sizes, grid });
      }
      const params = { nodes, slots, words, drawn: Number(drawn), least };
      const LIGHT = Number(found.every((node) => totalOf(node, classes) < LIGHT_UNITS));
      return compute.launch(kernel, { params, bindings: { ...bindings, terms }, sizes: { ...sizes, ROWS, LIGHT }, grid });
    },
    scorer(node) {
      const total = totalOf(node, classes);
      // Of entropy what is left to say, with 32 bits behind the point; of gini the weight less the impurity of the sides.
      return (read, place) => {
        const left = read[place + 3]! * 2 ** 32 + read[place + 2]!;
        if (entropy) return -left / 2 ** 32;
        return left / (total - read[place + 1]!) + (read[place + 5]! * 2 ** 32 + read[place + 4]!) / read[place + 1]!;
      };
    },
    split(own, score, node) {
      const total = totalOf(node, classes);
      const before = entropy ? -bitsOf(node, classes, total) : squaresOf(node, classes) / total;
      return { feature: own.feature, lower: own.lower, threshold: own.threshold, gain: Math.max(0, score - before) };
    },
  });
  return {
    ...found,
    release() {
      found.release();
      compute.release(terms);
    },
  };
}

/** Weight of a node. */
function totalOf({ units, at }: Members, classes: number): number {
  let total = 0;
  for (let c = 0; c < classes; c++) total += units[at + c]!;
  return total;
}

/** Sum of the squares of its weights by class. */
function squaresOf({ units, at }: Members, classes: number): number {
  let squares = 0;
  for (let c = 0; c < classes; c++) squares += units[at + c]! * units[at + c]!;
  return squares;
}

/** Weight times entropy. */
function bitsOf({ units, at }: Members, classes: number, total: number): number {
  let terms = 0;
  for (let c = 0; c < classes; c++) if (units[at + c]! > 0) terms += units[at + c]! * Math.log2(units[at + c]!);
  return total * Math.log2(total) - terms;
}
