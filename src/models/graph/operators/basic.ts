// Operators that exports of most models consist of: what a page has to carry.
import { linear } from '../ml/linear.ts';
import { supportVectors } from '../ml/supportVectors.ts';
import { tables } from '../ml/tables.ts';
import { trees } from '../ml/trees.ts';
import type { Operators } from '../tensors.ts';
import { basicElementwise } from './elementwise.ts';
import { basicProducts } from './products.ts';
import { basicReductions } from './reduce.ts';
import { basicShapes } from './shapes.ts';

export const basic: Operators = {
  ...basicElementwise,
  ...basicProducts,
  ...basicReductions,
  ...basicShapes,
  ...linear,
  ...supportVectors,
  ...tables,
  ...trees,
};
