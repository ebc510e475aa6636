// How likely a class is before anything is known of a row: as it was told, or as its rows weigh among all.
import { called } from '../../core/data/classNames.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z } from '../../dsl/params.ts';
import type { TrainingRows } from '../define/define.ts';

/** Rounding that a sum of shares may have. */
const ROUNDING = 1e-8;
const NEEDED = 'priors are one share of 0 or more a class, in the order of the labels, and add up to 1';

export const priorsParam = z
  .array(z.number({ error: NEEDED }).min(0, { error: NEEDED }))
  .refine((shares) => Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) <= ROUNDING, { error: NEEDED })
  .optional()
  .describe('share of each class, in the order of the labels; by default its share of the rows');

/**
 * @param weights of the rows of each class, `[classes]`
 * @param job what is trained, for errors
 * @returns shares, `[classes]`
 * @throws E_PARAMS for priors of more or fewer classes, E_CLASS for a class whose rows all have weight 0
 */
export function priorsOf(
  owner: string,
  priors: readonly number[] | undefined,
  weights: readonly number[],
  { name, classes, classNames }: Pick<TrainingRows<'classifier'>, 'name' | 'classes' | 'classNames'>,
  job: string,
): Float64Array {
  const weightless = classes.filter((_, c) => !(weights[c]! > 0));
  if (weightless.length > 0) {
    throw new PipelineError('E_CLASS', `${owner}: all rows of ${called(weightless, classNames)} have weight 0 in ${job} of ${name}.`, {
      hint: 'Give a row of each class a weight above 0, or leave the class out.',
    });
  }
  if (priors && priors.length !== classes.length) {
    throw new PipelineError(
      'E_PARAMS',
      `${owner}: priors has ${priors.length} shares; ${name} has ${classes.length} classes: ${called(classes, classNames)}.`,
      {
        hint: 'Give each class one share, in that order.',
      },
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(priors ?? weights.map((weight) => weight / total));
}
