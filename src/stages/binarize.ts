// Turns labels into "this class or not".
import { countLabels, distinctLabels, labelsOf, type Dataset, type Role } from '../core/data/dataset.ts';
import { nameOf } from '../core/data/classNames.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { Fact } from '../dsl/graph/facts.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Split } from '../dsl/stage/state.ts';

const params = z.strictObject({
  positive: z
    .int({ error: ({ input }) => `labels are whole numbers, ${typeof input} ${JSON.stringify(input)} arrived: no row would ever match it` })
    .min(0)
    .max(255),
});

/**
 * Labels become 1 where they equal `positive`, else 0, in `train` and `test`.
 *
 * @throws E_CLASS when no training row, or every one, has that label
 */
export function binarize(options: z.input<typeof params>): Stage<Split, Split> {
  return configurable('binarize', params, options, ({ positive }): StageSpec<Split, Split> => ({
    id: 'binarize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { positive },
    infer: ({ train, test }) => {
      if (train?.type === 'dataset' && train.classes) checkClass(train.name, train.rows, train.classes, positive);
      const relabelled = (fact: Fact): Fact => (fact.type === 'dataset' ? { ...fact, classes: [0, 1] } : fact);
      return { train: relabelled(train!), test: relabelled(test!) };
    },
    run: ({ train, test }) => {
      checkClass(train.name, train.rows.length, distinctLabels(labelsOf(train)), positive);
      const labels = train.labels.map((label) => (label === positive ? 1 : 0));
      const name = String(nameOf(positive, train.classNames));
      const relabel = <R extends Role>(data: Dataset<R>): Dataset<R> => ({ ...data, labels, classNames: [`not ${name}`, name], positive });
      const adds = { train: relabel(train), test: relabel(test) };
      return { adds, output: { positive, trainPositives: countLabels(adds.train)[1] ?? 0, testPositives: countLabels(adds.test)[1] ?? 0 } };
    },
  }));
}

/** @param classes labels of the training rows */
function checkClass(name: string, rows: number | undefined, classes: readonly number[], positive: number): void {
  const those = rows === undefined ? 'training rows' : `${rows} training rows`;
  const present = classes.toSorted((a, b) => a - b).join(', ');
  if (!classes.includes(positive)) {
    throw new PipelineError('E_CLASS', `binarize: none of the ${those} of ${name} has label ${positive}; the labels there are ${present}.`, {
      hint: `Choose positive from ${present}.`,
    });
  }
  if (classes.length === 1) {
    throw new PipelineError('E_CLASS', `binarize: all ${those} of ${name} have label ${positive}, so there is nothing to tell apart.`, {
      hint: 'Train on rows of at least two classes.',
    });
  }
}
