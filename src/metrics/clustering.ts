// Scores a clustering against the classes of the rows, from counts `[class][cluster]`.

const pairs = (count: number): number => (count * (count - 1)) / 2;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** `adjusted_rand_score`: 1 if clusters match the classes, about 0 for random clusters. */
export function adjustedRand(contingency: readonly (readonly number[])[]): number {
  const classes = contingency.map(sum);
  const clusters = contingency[0]!.map((_, k) => sum(contingency.map((row) => row[k]!)));
  const together = sum(contingency.flat().map(pairs));
  const byClass = sum(classes.map(pairs));
  const byCluster = sum(clusters.map(pairs));
  const expected = (byClass * byCluster) / Math.max(1, pairs(sum(classes)));
  const most = (byClass + byCluster) / 2;
  // One class and one cluster, each row its own, or a single row.
  return most === expected ? 1 : (together - expected) / (most - expected);
}
