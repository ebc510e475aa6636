// Turns labels into "this class or not".
import { called, nameOf } from '../core/data/classNames.ts';
import { countLabels, hasClasses, labelsOf, type ClassName, type Dataset, type Role, type Rows } from '../core/data/dataset.ts';
import { against, distinctLabels, type Labels } from '../core/data/labels.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { DatasetFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { AnySplit } from '../dsl/stage/state.ts';
import { checkThere, classParam, labelOf, thoseRows } from './shared/namedClass.ts';
import { eachFact, eachPart } from './shared/parts.ts';

export interface BinarizeOptions {
  /** The class that becomes 1: its name if classes have names, or its number, unless a name is a number or reads as one. */
  readonly positive: string | number | boolean;
}

const params = z.strictObject({
  positive: classParam,
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
      const label = classes || typeof positive === 'number' ? labelOfPositive(positive, train) : undefined;
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
      const label = labelOfPositive(positive, parts.train);
      checkClass({ name, rows: rows.length, classNames }, distinctLabels(labelsOf(parts.train)), label);
      // Parts of one split share their labels, and go on sharing them.
      const known = new Map<Labels, Uint8Array>();
      const relabel = <R extends Role>(data: Dataset<R>): Dataset<R> => {
        const own = labelOfPositive(positive, data);
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

function namesOf(label: number, classNames: DatasetFact['classNames']): readonly string[] {
  const name = String(nameOf(label, classNames));
  return [`not ${name}`, name];
}

const labelOfPositive = (positive: ClassName, data: Parameters<typeof labelOf>[3]): number => labelOf('binarize', 'positive', positive, data);

/** @param classes labels of the training rows */
function checkClass(train: Parameters<typeof checkThere>[2], classes: readonly number[], label: number): void {
  checkThere('binarize', 'positive', train, classes, label);
  if (classes.length > 1) return;
  throw new PipelineError(
    'E_CLASS',
    `binarize: all ${thoseRows(train)} of ${train.name} have ${called(label, train.classNames)}, so there is nothing to tell apart.`,
    {
      hint: 'Train on rows of at least two classes.',
    },
  );
}
