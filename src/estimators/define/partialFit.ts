// Models that go on with new rows: what must be alike, and rows as the first ones were meant. A model that went on is a new one.
import { checkAsks, called, labelsFor } from '../../core/data/classNames.ts';
import { checkNoNames } from '../../core/data/categories.ts';
import { checkTarget } from '../../core/data/checkDataset.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { distinctLabels, labelArray, positionsIn } from '../../core/data/labels.ts';
import { encodeAs, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Kind } from '../../dsl/estimator.ts';
import { targetByKind } from '../../dsl/kind.ts';
import type { Known, TrainingRows } from './define.ts';

/** What goes on keeps this beside what it says of rows. */
export interface Progress {
  readonly progress: object;
}

/** @throws E_SHAPE for rows of more or fewer values than the first ones had */
export function checkOutputs(owner: string, { name, values }: TrainingRows<'regressor'>, outputs: number): void {
  if (values.cols === outputs) return;
  throw new PipelineError('E_SHAPE', `${owner}: ${name} has ${values.cols} values a row; the model to go on with predicts ${outputs}.`, {
    hint: 'Give rows as many values as those had that the model was fitted on.',
  });
}

/**
 * Rows as those were meant that the model was fitted on: its scaling, and its numbers for classes.
 *
 * @throws E_USAGE for a model of another estimator, E_DATA for one that does not tell where it stands, E_SHAPE for other columns,
 *   E_CLASS for classes that it does not know
 */
export function rowsToGoOn<K extends Kind>(
  { name, kind }: { readonly name: string; readonly kind: K },
  model: object,
  data: Dataset<'train', Features, TargetKind>,
): { readonly fields: Known & Progress; readonly rows: TrainingRows<K> } {
  const { type, fields } = (model as Partial<Encodable>)[encodeAs] ?? {};
  if (type !== `${name}Model`) {
    const own = type?.replace(/Model$/, '') ?? 'no estimator';
    throw new PipelineError('E_USAGE', `partialFit: the model is of ${own}, and ${name} goes on only with its own.`, {
      hint: `Fit ${name}() first, or name the estimator that the model is of.`,
    });
  }
  const known = fields as unknown as Known & Partial<Progress> & { readonly binarized?: boolean };
  if (!known.progress) {
    throw new PipelineError('E_DATA', `partialFit: the model of ${name} does not say where it stands.`, {
      hint: 'It was saved before models could go on: fit it again.',
    });
  }
  checkTarget(name, data, targetByKind[kind]);
  checkNoNames(name, data);
  checkColumns(data.name, { cols: data.x.cols, columns: data.columns }, known);
  const found = { fields: known as Known & Progress };
  const rows = { ...data, scaling: known.scaling };
  if (kind !== 'classifier') return { ...found, rows: rows as never };
  const { classes, binarized = false } = known;
  const given = data as Dataset<'train'>;
  checkAsks({ ...known, binarized }, given);
  const { labels, classNames } = labelsFor(known, given);
  const others = distinctLabels(labels).filter((label) => !classes.includes(label));
  if (others.length > 0) {
    throw new PipelineError(
      'E_CLASS',
      `partialFit: ${data.name} has rows of ${called(others, classNames)}; the model tells apart ${called(classes, classNames)} alone.`,
      { hint: 'Leave those rows out, or fit a model anew on rows of all classes.' },
    );
  }
  const byRow = labelArray(data.x.rows, classes.at(-1)!);
  data.rows.forEach((id, row) => (byRow[id] = labels[row]!));
  return { ...found, rows: { ...rows, labels: byRow, classNames, classes, codes: positionsIn(classes, labels) } as never };
}
