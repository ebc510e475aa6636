// What logistic_loss.wgsl does to its buffers, on the host.
import { lossOnHost, type LossLaunch } from '../lib/lossOnHost.ts';
import { logisticLossReference } from './logisticLoss.reference.ts';

export const logisticLossOnHost = (launch: LossLaunch): void => lossOnHost(launch, 1, logisticLossReference);
