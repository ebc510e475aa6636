// What the logistic loss does to its kernel's buffers, on the host.
import { rowLossOnHost } from '../rowLoss/rowLoss.host.ts';
import { logisticRowLoss } from './logisticLoss.reference.ts';

export const logisticLossOnHost = rowLossOnHost(logisticRowLoss);
