// Two classes by the logistic loss: margins are log odds of the class that a column tells from the others.
import { logisticInOnePass, logisticLoss } from '../../../kernels/logisticLoss/logisticLoss.ts';
import { logisticRowLoss } from '../../../kernels/logisticLoss/logisticLoss.reference.ts';
import { probabilities } from '../../../metrics/probability.ts';
import { columnLoss } from './loss.ts';

export const logistic = columnLoss(logisticLoss, logisticRowLoss, { onePass: logisticInOnePass, link: (margins) => probabilities(margins, 2) });
