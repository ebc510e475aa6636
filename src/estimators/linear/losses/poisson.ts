// Counts by the Poisson loss: margins are logarithms of their means.
import { poissonLoss } from '../../../kernels/poissonLoss/poissonLoss.ts';
import { poissonRowLoss } from '../../../kernels/poissonLoss/poissonLoss.reference.ts';
import { columnLoss } from './loss.ts';

export const poisson = columnLoss(poissonLoss, poissonRowLoss, { link: (margins) => margins.map(Math.exp), level: Math.log });
