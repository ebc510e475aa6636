// Digits by softmax to their last iteration, which takes minutes; iris stands with the other tests of the stage.
import { gridSearchEquals } from '../suites/gridSearchFigures.ts';

gridSearchEquals('digits');
