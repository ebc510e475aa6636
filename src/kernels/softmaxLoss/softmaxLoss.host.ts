// What softmax_loss.wgsl does to its buffers, on the host.
import { lossOnHost, type LossLaunch } from '../rowLoss/rowLoss.host.ts';
import { softmaxLossReference } from './softmaxLoss.reference.ts';

export function softmaxLossOnHost(launch: LossLaunch<'CLASSES'>): void {
  const { CLASSES } = launch.sizes;
  lossOnHost(launch, CLASSES, (input) => softmaxLossReference(input, CLASSES));
}
