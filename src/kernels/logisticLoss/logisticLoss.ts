// The logistic loss as a kernel.
import { lossChangePrelude } from '../lib/lossChange.ts';
import { lossOfCodes } from '../rowLoss/rowLoss.ts';

export const logisticLoss = lossOfCodes({
  name: 'logistic_loss',
  preludes: [lossChangePrelude, new URL('./logistic_loss.wgsl', import.meta.url)],
  reference: async () => (await import('./logisticLoss.host.ts')).logisticLossOnHost,
});
