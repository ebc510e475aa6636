// How well rows sit in their clusters, cluster by cluster.
import type { Rows } from '../../core/data/dataset.ts';
import type { ClustersEvaluation } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';

/** Values of a cluster: more cannot be told apart in a chart. */
const MOST_VALUES = 60;

export function sendSilhouettes({ sizes, silhouettes }: ClustersEvaluation, { rows }: Rows, { emit, stage }: StageContext): void {
  if (!silhouettes || silhouettes.values.length < 2 || sizes.filter((size) => size > 0).length < 2) return;
  const { codes, values } = silhouettes;
  const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((sum, value) => sum + value, 0) / of.length;
  const clusters = sizes.flatMap((_, cluster) => {
    const own = values.filter((_, i) => codes[i] === cluster).toSorted((a, b) => b - a);
    const shown = Math.min(MOST_VALUES, own.length);
    const some = Array.from({ length: shown }, (_, i) => own[Math.round((i * (own.length - 1)) / Math.max(1, shown - 1))]!);
    return own.length === 0 ? [] : [{ cluster, told: own.length, mean: mean(own), values: some }];
  });
  emit({ type: 'silhouette', stage, rows: rows.length, told: values.length, mean: mean(values), clusters });
}
