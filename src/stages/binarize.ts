// Turns labels into "this class or not".
import { countLabels, type Dataset, type Role } from '../core/dataset.ts';
import { PipelineError } from '../core/errors.ts';
import { configurable } from '../dsl/configurable.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';

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
    run: ({ train, test }) => {
      checkClass(train, positive);
      const labels = train.labels.map((label) => (label === positive ? 1 : 0));
      const name = train.classNames?.[positive] ?? String(positive);
      const relabel = <R extends Role>(data: Dataset<R>): Dataset<R> => ({ ...data, labels, classNames: [`not ${name}`, name], positive });
      const adds = { train: relabel(train), test: relabel(test) };
      return { adds, output: { positive, trainPositives: countLabels(adds.train)[1] ?? 0, testPositives: countLabels(adds.test)[1] ?? 0 } };
    },
  }));
}

function checkClass(train: Dataset, positive: number): void {
  const counts = countLabels(train);
  const matching = counts[positive] ?? 0;
  if (matching > 0 && matching < train.rows.length) return;
  const present = [...counts].flatMap((count, label) => (count > 0 ? [label] : []));
  throw new PipelineError(
    'E_CLASS',
    matching === 0
      ? `binarize: none of the ${train.rows.length} training rows of ${train.name} has label ${positive}; the labels there are ${present.join(', ')}.`
      : `binarize: all ${train.rows.length} training rows of ${train.name} have label ${positive}, so there is nothing to tell apart.`,
    { hint: matching === 0 ? `Choose positive from ${present.join(', ')}.` : 'Train on rows of at least two classes.' },
  );
}
