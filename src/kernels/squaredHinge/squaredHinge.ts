// The squared hinge loss as a kernel.
import { lossOfCodes } from '../rowLoss/rowLoss.ts';

export const squaredHinge = lossOfCodes({
  name: 'squared_hinge',
  preludes: [new URL('./squared_hinge.wgsl', import.meta.url)],
  reference: async () => (await import('./squaredHinge.host.ts')).squaredHingeOnHost,
});
