// What tests of gradient methods share: the scaling of their figures, and options as this package calls them.
import figures from '../fixtures/sgd.json' with { type: 'json' };
import { camel } from './valueTrees.ts';

/** That of the figures. */
export function scalingOf(data: string) {
  const { shift, factor } = figures.scaling[data.replace(' with two outputs', '') as keyof typeof figures.scaling];
  return { shift: Float64Array.from(shift), factor: Float64Array.from(factor) };
}

/** Options as this package calls them. */
export function optionsOf<O>({ random_state: seed, ...params }: { readonly random_state?: number }): O {
  const words = (value: unknown): unknown =>
    typeof value === 'string' ? (value === 'elasticnet' ? 'elasticNet' : value.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())) : value;
  return { ...Object.fromEntries(Object.entries(camel(params)).map(([name, value]) => [name, words(value)])), seed } as O;
}
