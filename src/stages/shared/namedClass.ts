// A class as a user names it: by its name, or by its number.
import { called, nameOf } from '../../core/data/classNames.ts';
import type { ClassName } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { z } from '../../dsl/params.ts';

/** A class in options. */
export const classParam = z
  .union([z.string(), z.number(), z.boolean()], { error: 'needs a class: its name, or its number' })
  .describe('a class, by its name or its number');

type Named = Pick<DatasetFact, 'name' | 'rows' | 'classNames'>;

/** The label of a class. @param option where it was given @throws E_CLASS for a name that no class has */
export function labelOf(owner: string, option: string, given: ClassName, { name, classNames }: Pick<Named, 'name' | 'classNames'>): number {
  // A name may be written as another type than the file had it: true for 'true', 1 for '1'.
  const label = classNames?.findIndex((one) => String(one) === String(given)) ?? -1;
  if (label >= 0) return label;
  // Where a name reads as a number, such as '2.0' or '01', one that is no name may be meant for it: no guess.
  if (typeof given === 'number' && !classNames?.some(readsAsNumber)) return given;
  if (!classNames) {
    throw new PipelineError('E_CLASS', `${owner}: the classes of ${name} have no names; ${JSON.stringify(given)} arrived as ${option}.`, {
      hint: `Choose a class by its number, or give ${name} classNames.`,
    });
  }
  throw new PipelineError('E_CLASS', `${owner}: no class of ${name} is called ${JSON.stringify(given)}.`, {
    hint: didYouMean(String(given), classNames.map(String), 'Classes'),
  });
}

function readsAsNumber(one: ClassName): boolean {
  return typeof one === 'number' || (typeof one === 'string' && one.trim() !== '' && Number.isFinite(Number(one)));
}

/** How rows of training are called in a message. */
export function thoseRows({ rows }: Pick<Named, 'rows'>): string {
  return rows === undefined ? 'training rows' : `${rows} training rows`;
}

/** @param classes labels of the training rows @throws E_CLASS where none of them has the label */
export function checkThere(owner: string, option: string, train: Named, classes: readonly number[], label: number): void {
  if (classes.includes(label)) return;
  const present = classes.toSorted((a, b) => a - b).map((one) => nameOf(one, train.classNames));
  throw new PipelineError(
    'E_CLASS',
    `${owner}: none of the ${thoseRows(train)} of ${train.name} has ${called(label, train.classNames)}; there are ${present.join(', ')}.`,
    { hint: `Choose ${option} from ${present.join(', ')}.` },
  );
}
