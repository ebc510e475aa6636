// Gives rows several labels in place of their class.
import { hasClasses, labelsOf, type ClassName, type Dataset, type Role, type Rows } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import { distinctLabels, type Labels } from '../core/data/labels.ts';
import { matrix, type Matrix } from '../core/data/matrix.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { DatasetFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { AnySplit } from '../dsl/stage/state.ts';
import { checkThere, classParam, labelOf } from './shared/namedClass.ts';
import { eachFact, eachPart } from './shared/parts.ts';

export interface MultilabelOptions {
  /** By the name of each label: the classes whose rows have it, each by its name or its number. */
  readonly labels: Readonly<Record<string, readonly ClassName[]>>;
}

const params = z.strictObject({
  labels: z
    .record(z.string(), z.array(classParam).min(1, { error: 'needs the classes whose rows have the label' }))
    .refine((labels) => Object.keys(labels).length > 0, { error: 'needs a label: { odd: [1, 3, 5] }' })
    .describe('classes that have a label, by its name'),
} satisfies ShapeOf<MultilabelOptions>);

/**
 * Gives rows several labels in place of their class, in every part of a split: a row has each label that names its class.
 * `x` stays as it is; the target of the rows becomes `indicators`, `[rows, labels]`, and `labelNames`.
 *
 * @throws E_CLASS for a class that no training row has
 * @example
 * pipeline('p', fetch(digits()), split({ test: 0.2, seed: 1 }), multilabel({ labels: { large: [7, 8, 9], odd: [1, 3, 5, 7, 9] } }), fit(kNeighborsMultilabel()));
 */
export function multilabel(options: MultilabelOptions): Stage<AnySplit, AnySplit<'indicators'>> {
  return configurable('multilabel', params, options, ({ labels: given }): StageSpec<AnySplit, AnySplit<'indicators'>> => ({
    id: 'multilabel',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    optional: ['validation'],
    code: [],
    retention: 'digests',
    params: { labels: given },
    infer: (facts) => {
      const train = facts['train'] as DatasetFact;
      if (train.classes) for (const label of Object.values(classesOf(given, train)).flat()) checkThere('multilabel', 'labels', train, train.classes, label);
      return eachFact(facts, (fact) => (fact.type === 'dataset' ? { ...fact, classes: undefined, classNames: undefined } : fact));
    },
    run: (parts) => {
      const { train } = parts;
      if (!hasClasses(train)) {
        throw new PipelineError('E_DATA', `multilabel: the rows of ${(train as Rows).name} have no classes.`, {
          hint: 'Give them labels: in a table, a label().',
        });
      }
      const classes = distinctLabels(labelsOf(train));
      const known = { name: train.name, rows: train.rows.length, classNames: train.classNames };
      for (const label of Object.values(classesOf(given, train)).flat()) checkThere('multilabel', 'labels', known, classes, label);
      // Parts of one split share their labels, and go on sharing what is made of them.
      const made = new Map<Labels, Matrix<'u8'>>();
      const relabel = <R extends Role>({ labels, classNames, positive: _, ...data }: Dataset<R>): Dataset<R, Features, 'indicators'> => {
        const having = Object.values(classesOf(given, { name: data.name, classNames }));
        const indicators = made.get(labels) ?? indicatorsOf(labels, having);
        made.set(labels, indicators);
        return { ...data, indicators, labelNames: Object.keys(given) };
      };
      const adds = eachPart(parts as never, relabel as never) as unknown as AnySplit<'indicators'>;
      const { indicators } = adds.train;
      const counts = Object.keys(given).map((name, j) => [name, train.rows.reduce((sum, row) => sum + indicators.data[row * indicators.cols + j]!, 0)]);
      return { adds, output: { trainRows: Object.fromEntries(counts) as Record<string, number> } };
    },
  }));
}

function classesOf(given: MultilabelOptions['labels'], data: Parameters<typeof labelOf>[3]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(Object.entries(given).map(([name, classes]) => [name, classes.map((one) => labelOf('multilabel', 'labels', one, data))]));
}

/** @param having of each label, the classes that have it @returns `[rows, labels]` */
function indicatorsOf(labels: Labels, having: readonly (readonly number[])[]): Matrix<'u8'> {
  const sets = having.map((classes) => new Set(classes));
  const data = new Uint8Array(labels.length * sets.length);
  labels.forEach((label: number, row: number) => sets.forEach((set, j) => (data[row * sets.length + j] = Number(set.has(label)))));
  return matrix(labels.length, sets.length, data);
}
