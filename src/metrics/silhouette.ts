// How well rows sit in their clusters. Source: Rousseeuw 1987, as sklearn/metrics/cluster/_unsupervised.py has it.

/**
 * `silhouette_samples`: of each row, how much nearer on average the rows of its own cluster are than those of the nearest other one, as a
 * share of the larger distance: from -1 to 1, and 0 for a row that is alone in its cluster, or where there is one cluster.
 *
 * @param x `[rows][cols]`
 * @param codes of each row's cluster
 */
export function silhouettes(x: Float64Array, cols: number, codes: ArrayLike<number>): Float64Array {
  const rows = codes.length;
  const clusters = Array.from(codes).reduce((most, code) => Math.max(most, code + 1), 0);
  const sizes = new Uint32Array(clusters);
  for (let i = 0; i < rows; i++) sizes[codes[i]!]!++;
  const sums = new Float64Array(rows * clusters);
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      let squares = 0;
      for (let a = i * cols, b = j * cols, end = a + cols; a < end; a++, b++) squares += (x[a]! - x[b]!) ** 2;
      const distance = Math.sqrt(squares);
      sums[i * clusters + codes[j]!]! += distance;
      sums[j * clusters + codes[i]!]! += distance;
    }
  }
  return Float64Array.from({ length: rows }, (_, i) => {
    const own = codes[i]!;
    let other = Infinity;
    for (let k = 0; k < clusters; k++) if (k !== own && sizes[k]! > 0) other = Math.min(other, sums[i * clusters + k]! / sizes[k]!);
    if (sizes[own]! < 2 || other === Infinity) return 0;
    const inside = sums[i * clusters + own]! / (sizes[own]! - 1);
    const largest = Math.max(inside, other);
    return largest === 0 ? 0 : (other - inside) / largest;
  });
}
