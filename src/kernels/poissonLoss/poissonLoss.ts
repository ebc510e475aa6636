// The Poisson loss as a kernel.
import { lossOfValues } from '../rowLoss/rowLoss.ts';

export const poissonLoss = lossOfValues({
  name: 'poisson_loss',
  preludes: [new URL('./poisson_loss.wgsl', import.meta.url)],
  reference: async () => (await import('./poissonLoss.host.ts')).poissonLossOnHost,
});
