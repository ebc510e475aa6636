// What the squared hinge loss does to its kernel's buffers, on the host.
import { rowLossOnHost } from '../rowLoss/rowLoss.host.ts';
import { squaredHingeRowLoss } from './squaredHinge.reference.ts';

export const squaredHingeOnHost = rowLossOnHost(squaredHingeRowLoss);
