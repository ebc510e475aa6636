// Launch description of softmax_loss.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { lossChangePrelude } from '../lib/lossChange.ts';
import { lossLaunch, lossPreludes } from '../rowLoss/rowLoss.ts';

export const softmaxLoss = {
  ...lossLaunch,
  name: 'softmax_loss',
  source: new URL('./softmax_loss.wgsl', import.meta.url),
  preludes: [...lossPreludes, lossChangePrelude],
  sizes: { ...lossLaunch.sizes, CLASSES: 3 },
  reference: async () => (await import('./softmaxLoss.host.ts')).softmaxLossOnHost,
} as const satisfies Kernel;
