// Launch description of row_loss.wgsl: a kernel for each loss that is said of it.
import type { Kernel, Reference } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';

/** What all loss kernels have alike, whatever the columns of a model. */
export const lossLaunch = {
  params: { rows: 'u32', stride: 'u32', lanes: 'u32' },
  bindings: { rows: 'read', rowWeights: 'read', columns: 'read', margins: 'read', direction: 'read', residuals: 'write', partials: 'write' },
  sizes: { WORKGROUP: 64, RUN: 16 },
} as const;

export const lossPreludes = [weightColumnPrelude, new URL('./bindings.wgsl', import.meta.url)] as const;

/** What is true of rows that have a class. */
const codePrelude = new URL('./code.wgsl', import.meta.url);

type Param = keyof typeof lossLaunch.params;
type Size = keyof typeof lossLaunch.sizes;
type Binding = keyof typeof lossLaunch.bindings;

interface Said<B extends string> {
  readonly name: string;
  /** WGSL of `loss_change` and `loss_slope`, and what that needs. */
  readonly preludes: readonly URL[];
  readonly reference: () => Promise<Reference<Param, B, Size>>;
}

/** A loss of rows that have a class. */
export function lossOfCodes({ name, preludes, reference }: Said<Binding>): Kernel<Param, Binding, Size> {
  const source = new URL('./row_loss.wgsl', import.meta.url);
  return { ...lossLaunch, name, source, preludes: [...lossPreludes, codePrelude, ...preludes], reference };
}

/** A loss of rows that have a value, f32, which `values` binds. */
export function lossOfValues({ name, preludes, reference }: Said<Binding | 'values'>): Kernel<Param, Binding | 'values', Size> {
  const source = new URL('./row_loss.wgsl', import.meta.url);
  const bindings = { ...lossLaunch.bindings, values: 'read' } as const;
  return { ...lossLaunch, name, source, bindings, preludes: [...lossPreludes, new URL('./value.wgsl', import.meta.url), ...preludes], reference };
}
