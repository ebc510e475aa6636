// The logistic loss as a kernel.
import { changePrelude } from '../lib/change.ts';
import { lossOfCodes } from '../rowLoss/rowLoss.ts';

export const logisticLoss = lossOfCodes({
  name: 'logistic_loss',
  preludes: [changePrelude, new URL('./logistic_loss.wgsl', import.meta.url)],
  reference: async () => (await import('./logisticLoss.host.ts')).logisticLossOnHost,
});
