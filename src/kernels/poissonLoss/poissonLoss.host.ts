// What the Poisson loss does to its kernel's buffers, on the host.
import { rowLossOnHost } from '../rowLoss/rowLoss.host.ts';
import { poissonRowLoss } from './poissonLoss.reference.ts';

export const poissonLossOnHost = rowLossOnHost(poissonRowLoss);
