// The logistic loss as a kernel.
import { lossChangePrelude } from '../lib/lossChange.ts';
import { onePassOf } from '../onePass/onePass.ts';
import { lossOfCodes } from '../rowLoss/rowLoss.ts';

const name = 'logistic_loss';
const preludes = [lossChangePrelude, new URL('./logistic_loss.wgsl', import.meta.url)];

export const logisticLoss = lossOfCodes({
  name,
  preludes,
  reference: async () => (await import('./logisticLoss.host.ts')).logisticLossOnHost,
});

export const logisticInOnePass = onePassOf(name, preludes, async () => (await import('./logisticLoss.reference.ts')).logisticRowLoss);
