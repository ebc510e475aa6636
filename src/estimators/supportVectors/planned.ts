// Models that are trained together: what kernel each has, and which of them share rows of a kernel matrix.
import type { z } from '../../dsl/params.ts';
import type { PlannedModel } from '../define/define.ts';
import { hasGamma, type Kernel, type kernelParams } from './kernel.ts';
import { gammaOf, type Measured } from './measure.ts';

type WithKernel = PlannedModel<z.output<z.ZodObject<typeof kernelParams>>>;

/** @param left whether a model trains on a row, by its position */
export function kernelsOf<M extends WithKernel>(models: readonly M[], measured: Measured, left: (row: number, model: M) => boolean): readonly Kernel[] {
  return models.map((model) => {
    const { kernel, gamma, degree, coef0 } = model.params;
    return { kernel, gamma: hasGamma(kernel) ? gammaOf(gamma, measured, (row) => left(row, model)) : 1, degree, coef0 };
  });
}

/** What models have in common that share rows of a kernel matrix. */
export function keyOf(heldOut: number | undefined, kernel: Kernel): string {
  return JSON.stringify([heldOut ?? null, kernel]);
}

/** Positions of the models, those that share rows behind each other. */
export function inTurns(models: readonly WithKernel[], kernels: readonly Kernel[]): readonly number[] {
  const byKey = new Map<string, number[]>();
  for (const [m, { heldOut }] of models.entries()) {
    const key = keyOf(heldOut, kernels[m]!);
    byKey.set(key, [...(byKey.get(key) ?? []), m]);
  }
  return [...byKey.values()].flat();
}
