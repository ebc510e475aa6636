// Turns labels into "this class or not".
import { called, nameOf } from '../core/data/classNames.ts';
import { countLabels, hasClasses, labelsOf, type ClassName, type Dataset, type Role, type Rows } from '../core/data/dataset.ts';
import { against, distinctLabels, type Labels } from '../core/data/labels.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { didYouMean } from '../core/errors/didYouMean.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { DatasetFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { AnySplit } from '../dsl/stage/state.ts';
import { eachFact, eachPart } from './shared/parts.ts';

export interface BinarizeOptions {
  /** The class that becomes 1: its name if classes have names, or its number, unless a name is a number or reads as one. */
  readonly positive: string | number | boolean;
}

const params = z.strictObject({
  positive: z.union([z.string(), z.number(), z.boolean()], { error: 'needs a class: its name, or its number' }).describe('a class, by its name or its number'),
} satisfies ShapeOf<BinarizeOptions>);

/**
 * Turns labels into 1 for the class `positive` and 0 for every other, in every part of a split.
 *
 * @throws E_CLASS when there is no such class, and when no training row, or every training row, has it
 * @example
 * binarize({ positive: 'virginica' });
 */
export function binarize(options: BinarizeOptions): Stage<AnySplit, AnySplit> {
  return configurable('binarize', params, options, ({ positive }): StageSpec<AnySplit, AnySplit> => ({
    id: 'binarize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    optional: ['validation'],
    code: [],
    retention: 'digests',
    params: { positive },
    infer: (facts) => {
      const train = facts['train'] as DatasetFact;
      const { classes, classNames }: Partial<DatasetFact> = train;
      // A source that declares its classes declares their names too.
      const label = classes || typeof positive === 'number' ? labelOf(positive, train) : undefined;
      if (classes && label !== undefined) checkClass(train, classes, label);
      const names = label === undefined ? undefined : namesOf(label, classNames);
      return eachFact(facts, (fact) => (fact.type === 'dataset' ? { ...fact, classes: [0, 1], classNames: names } : fact));
    },
    run: (parts) => {
      if (!hasClasses(parts.train))
        throw new PipelineError('E_DATA', `binarize: the rows of ${(parts.train as Rows).name} have no classes.`, {
          hint: 'Give them labels: in a table, a label().',
        });
      const { name, rows, classNames } = parts.train;
      const label = labelOf(positive, parts.train);
      checkClass({ name, rows: rows.length, classNames }, distinctLabels(labelsOf(parts.train)), label);
      // Parts of one split share their labels, and go on sharing them.
      const known = new Map<Labels, Uint8Array>();
      const relabel = <R extends Role>(data: Dataset<R>): Dataset<R> => {
        const own = labelOf(positive, data);
        const labels = known.get(data.labels) ?? against(data.labels, own);
        known.set(data.labels, labels);
        return { ...data, labels, classNames: namesOf(label, classNames), positive: label };
      };
      const adds = eachPart(parts, relabel);
      const counts = Object.entries(adds).map(([part, data]) => [`${part}Positives`, countLabels(data)[1] ?? 0]);
      return { adds, output: { positive: nameOf(label, classNames), ...(Object.fromEntries(counts) as JsonRecord) } };
    },
  }));
}

type Named = Pick<DatasetFact, 'name' | 'rows' | 'classNames'>;

function namesOf(label: number, classNames: Named['classNames']): readonly string[] {
  const name = String(nameOf(label, classNames));
  return [`not ${name}`, name];
}

/** The label of the positive class. @throws E_CLASS for a name that no class has */
function labelOf(positive: ClassName, { name, classNames }: Pick<Named, 'name' | 'classNames'>): number {
  // A name may be written as another type than the file had it: true for 'true', 1 for '1'.
  const label = classNames?.findIndex((one) => String(one) === String(positive)) ?? -1;
  if (label >= 0) return label;
  // Where a name reads as a number, such as '2.0' or '01', one that is no name may be meant for it: no guess.
  if (typeof positive === 'number' && !classNames?.some(readsAsNumber)) return positive;
  if (!classNames) {
    throw new PipelineError('E_CLASS', `binarize: the classes of ${name} have no names; ${JSON.stringify(positive)} arrived as positive.`, {
      hint: `Choose a class by its number, or give ${name} classNames.`,
    });
  }
  throw new PipelineError('E_CLASS', `binarize: no class of ${name} is called ${JSON.stringify(positive)}.`, {
    hint: didYouMean(String(positive), classNames.map(String), 'Classes'),
  });
}

function readsAsNumber(one: ClassName): boolean {
  return typeof one === 'number' || (typeof one === 'string' && one.trim() !== '' && Number.isFinite(Number(one)));
}

/** @param classes labels of the training rows */
function checkClass({ name, rows, classNames }: Named, classes: readonly number[], label: number): void {
  const those = rows === undefined ? 'training rows' : `${rows} training rows`;
  const present = classes.toSorted((a, b) => a - b).map((one) => nameOf(one, classNames));
  if (!classes.includes(label)) {
    throw new PipelineError('E_CLASS', `binarize: none of the ${those} of ${name} has ${called(label, classNames)}; there are ${present.join(', ')}.`, {
      hint: `Choose positive from ${present.join(', ')}.`,
    });
  }
  if (classes.length === 1) {
    throw new PipelineError('E_CLASS', `binarize: all ${those} of ${name} have ${called(label, classNames)}, so there is nothing to tell apart.`, {
      hint: 'Train on rows of at least two classes.',
    });
  }
}
