// All operators that are run here: the basic ones, and those that files of other programs ask for beside them.
import type { Operators } from '../tensors.ts';
import { basic } from './basic.ts';
import { control } from './control.ts';
import { furtherElementwise } from './moreElementwise.ts';
import { furtherProducts } from './moreProducts.ts';
import { furtherReductions } from './moreReductions.ts';
import { furtherShapes } from './moreShapes.ts';

export const further: Operators = { ...basic, ...control, ...furtherElementwise, ...furtherProducts, ...furtherReductions, ...furtherShapes };
