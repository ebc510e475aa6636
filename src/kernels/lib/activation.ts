// What units of a layer make of their sums: numbers of activation.wgsl, and the same on the host.

export const ACTIVATIONS = { identity: 0, logistic: 1, tanh: 2, relu: 3 } as const;

export type Activation = keyof typeof ACTIVATIONS;

export const activationSource = new URL('./activation.wgsl', import.meta.url);

export function activate(kind: number, sum: number): number {
  if (kind === ACTIVATIONS.logistic) return 1 / (1 + Math.exp(-sum));
  if (kind === ACTIVATIONS.tanh) return Math.tanh(sum);
  return kind === ACTIVATIONS.relu ? Math.max(0, sum) : sum;
}

/** Slope of {@link activate}, from what it made. */
export function slope(kind: number, made: number): number {
  if (kind === ACTIVATIONS.logistic) return made * (1 - made);
  if (kind === ACTIVATIONS.tanh) return 1 - made * made;
  return kind === ACTIVATIONS.relu ? Number(made !== 0) : 1;
}
