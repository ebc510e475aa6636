// Two classes by the squared hinge loss: margins are meant to be 1 or more towards the class that a row has. They are no
// probabilities. liblinear finds them by Newton steps, which the scale of a column does not hold up.
import { squaredHinge as kernel } from '../../../kernels/squaredHinge/squaredHinge.ts';
import { squaredHingeRowLoss } from '../../../kernels/squaredHinge/squaredHinge.reference.ts';
import { columnLoss } from './loss.ts';

export const squaredHinge = columnLoss(kernel, squaredHingeRowLoss, { standardised: true });
