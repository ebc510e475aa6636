// Launch description of softmax_loss.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { logisticLoss } from '../logisticLoss/logisticLoss.ts';

export const softmaxLoss = {
  ...logisticLoss,
  name: 'softmax_loss',
  source: new URL('./softmax_loss.wgsl', import.meta.url),
  sizes: { ...logisticLoss.sizes, CLASSES: 3 },
  reference: async () => (await import('./softmaxLoss.host.ts')).softmaxLossOnHost,
} as const satisfies Kernel;
