// The line that never falls and is nearest to the rows, by pooling adjacent rows; between them it is straight. Source:
// sklearn/isotonic.py.

/** Corners of the line, by x. */
export interface Isotonic {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** What is said of two rows differs by less: they are one. */
const SAME = 1e-15;

/** As of `sigmoidOf`. Rows of weight 0 say nothing. */
export function isotonicOf(said: Float64Array, positive: Uint8Array, weights?: Float32Array): Isotonic {
  const order = [...said.keys()].filter((row) => (weights?.[row] ?? 1) > 0).sort((i, j) => said[i]! - said[j]! || positive[i]! - positive[j]!);
  const points: { readonly x: number; sum: number; weight: number }[] = [];
  for (const row of order) {
    const weight = weights?.[row] ?? 1;
    const last = points.at(-1);
    if (last && said[row]! - last.x < SAME) {
      last.sum += weight * positive[row]!;
      last.weight += weight;
    } else points.push({ x: said[row]!, sum: weight * positive[row]!, weight });
  }
  const blocks: { sum: number; weight: number; count: number }[] = [];
  for (const { sum, weight } of points) {
    let block = { sum, weight, count: 1 };
    for (let before = blocks.at(-1); before && before.sum / before.weight >= block.sum / block.weight; before = blocks.at(-1)) {
      block = { sum: before.sum + block.sum, weight: before.weight + block.weight, count: before.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  const x = Float64Array.from(points, (point) => point.x);
  const y = Float64Array.from(blocks.flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight)));
  const kept = [...x.keys()].filter((at) => at === 0 || at === x.length - 1 || y[at] !== y[at - 1] || y[at] !== y[at + 1]);
  return { x: Float64Array.from(kept, (at) => x[at]!), y: Float64Array.from(kept, (at) => y[at]!) };
}

/** Beyond the ends it stays as there. */
export function onLine({ x, y }: Isotonic, said: number): number {
  if (!(said > x[0]!)) return y[0]!;
  if (said >= x.at(-1)!) return y.at(-1)!;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= said) low = middle;
    else high = middle;
  }
  return y[low]! + ((y[high]! - y[low]!) / (x[high]! - x[low]!)) * (said - x[low]!);
}
