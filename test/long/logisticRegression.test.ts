// The fits of scikit-learn that take thousands of iterations to their end.
import { equalsSklearn } from '../support/logisticRows.ts';

equalsSklearn(true);
