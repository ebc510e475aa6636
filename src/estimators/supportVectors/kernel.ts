// Kernels of two rows: how alike they are. All of them follow from the squared distance of the rows and their squared lengths, so
// that distances found once serve every kernel.
import type { Scaling } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';

export interface KernelOptions {
  /** How alike two rows a and b are: 'rbf' (default) exp(-gamma |a - b|^2), 'linear' a b, 'poly' (gamma a b + coef0)^degree, 'sigmoid' tanh(gamma a b + coef0). 'precomputed': as the features say, one for each row; {@link kernelMatrix} makes such. */
  readonly kernel?: 'rbf' | 'linear' | 'poly' | 'sigmoid' | 'precomputed' | undefined;
  /** Of all kernels but the linear one: a number above 0, 'scale' (default) for 1 / (columns * variance of all features), or 'auto' for 1 / columns. */
  readonly gamma?: number | 'scale' | 'auto' | undefined;
  /** Of 'poly': the power, a whole number from 0 up. Default 3. */
  readonly degree?: number | undefined;
  /** Of 'poly' and 'sigmoid': what is added to the product. Default 0. */
  readonly coef0?: number | undefined;
}

const GAMMA_NEEDED = "gamma says how fast the kernel falls with the distance: a number above 0, 'scale' or 'auto'";

export const kernelParams = {
  kernel: z.enum(['rbf', 'linear', 'poly', 'sigmoid', 'precomputed']).default('rbf').describe('how alike two rows are'),
  gamma: z
    .union([z.literal('scale'), z.literal('auto'), z.number().positive()], { error: GAMMA_NEEDED })
    .default('scale')
    .describe("how fast the kernel falls with the distance, or 'scale', or 'auto'"),
  degree: z.int().min(0).default(3).describe("power of 'poly'"),
  coef0: z.number().default(0).describe("what 'poly' and 'sigmoid' add to the product"),
} satisfies ShapeOf<KernelOptions>;

/** A kernel whose `gamma` is known. */
export interface Kernel {
  readonly kernel: 'rbf' | 'linear' | 'poly' | 'sigmoid' | 'cosine' | 'precomputed';
  readonly gamma: number;
  readonly degree: number;
  readonly coef0: number;
}

/** Whether `gamma` is a part of it. */
export const hasGamma = (kernel: Kernel['kernel']): boolean => kernel === 'rbf' || kernel === 'poly' || kernel === 'sigmoid';

/** By the squared distance of two rows and their squared lengths; of 'precomputed' by the kernel of the two, and of each with itself. */
export type KernelOf = (square: number, a: number, b: number) => number;

export function kernelOf({ kernel, gamma, degree, coef0 }: Kernel): KernelOf {
  if (kernel === 'rbf') return (square) => Math.exp(-gamma * square);
  if (kernel === 'precomputed') return (own) => own;
  if (kernel === 'linear') return (square, a, b) => (a + b - square) / 2;
  if (kernel === 'poly') return (square, a, b) => (gamma * ((a + b - square) / 2) + coef0) ** degree;
  if (kernel === 'cosine') return (square, a, b) => (a > 0 && b > 0 ? (a + b - square) / (2 * Math.sqrt(a * b)) : 0);
  return (square, a, b) => Math.tanh(gamma * ((a + b - square) / 2) + coef0);
}

/** The one factor of all columns, where it is one: distances are those of the rows as stored, times that. */
export function commonFactor(scaling: Scaling | undefined): number | undefined {
  if (!scaling) return 1;
  const [first = 1] = scaling.factor;
  return scaling.factor.every((factor) => Math.abs(factor) === Math.abs(first)) ? Math.abs(first) : undefined;
}
