// Launch description of logistic_loss.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { changePrelude } from '../lib/change.ts';
import { columnPrelude } from '../lib/column.ts';

export const logisticLoss = {
  name: 'logistic_loss',
  source: new URL('./logistic_loss.wgsl', import.meta.url),
  preludes: [columnPrelude, changePrelude, new URL('../lib/loss.wgsl', import.meta.url)],
  params: { rows: 'u32', stride: 'u32', lanes: 'u32' },
  bindings: { rows: 'read', rowWeights: 'read', columns: 'read', margins: 'read', direction: 'read', residuals: 'write', partials: 'write' },
  sizes: { WORKGROUP: 64, RUN: 16 },
  reference: async () => (await import('./logisticLoss.host.ts')).logisticLossOnHost,
} as const satisfies Kernel;
