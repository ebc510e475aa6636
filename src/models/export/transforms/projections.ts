// Transformers that turn rows into products with a few directions.
import type { Scaling } from '../../../core/data/dataset.ts';
import { meant, product } from '../operators.ts';
import type { Exporter } from '../said.ts';

interface Components {
  readonly components: readonly Float64Array[];
  readonly scaling?: Scaling | undefined;
}

interface Principal extends Components {
  readonly mean: Float64Array;
  readonly explainedVariance: Float64Array;
  readonly whiten: boolean;
}

export const pca: Exporter<Principal> = ({ b, ...to }, { components, mean, explainedVariance, whiten, scaling }, rows) => {
  to.needsValues(rows);
  const units = Array.from(explainedVariance, (variance) => (whiten ? Math.max(Math.sqrt(variance), Number.EPSILON) : 1));
  const coef = components.map((own, k) => own.map((value) => value / units[k]!));
  const x = product(b, b.op('Sub', [meant(b, rows.x, scaling), b.numbers(mean, [1, mean.length])]), coef);
  return { kind: 'transformer', x, columns: components.map(() => ({})) };
};

export const truncatedSVD: Exporter<Components> = ({ b, ...to }, { components, scaling }, rows) => {
  to.needsValues(rows);
  const x = product(b, meant(b, rows.x, scaling), components);
  return { kind: 'transformer', x, columns: components.map(() => ({})) };
};
