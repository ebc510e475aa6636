// Rows that a model was not fitted on and got most wrong, to look at: as pictures, or with the values of their columns.
import { shortened } from '../../core/errors/shortened.ts';
import { nameOf } from '../../core/data/classNames.ts';
import type { Dataset, Rows } from '../../core/data/dataset.ts';
import { takeRows } from '../../core/data/features.ts';
import { meaningsOf } from '../../core/data/categories.ts';
import type { CellValue, Mistake } from '../../core/events.ts';
import { dateText, grouped } from '../../core/numbers.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { Evaluation, ValuesEvaluation } from '../../dsl/estimator.ts';
import { labelsOf } from '../../metrics/evaluation.ts';
import { pictureOf } from './evidence.ts';

/** A page or a screen of them; of two classes half of them false positives and half false negatives, as far as there are so many. */
const MOST_MISTAKES = 24;
/** Columns whose values are told. */
const MOST_COLUMNS = 12;

/** Letters of a text, and bytes of pictures, that go into the record of a run: it holds no copy of the data. */
const MOST_LETTERS = 80;
const PICTURE_BYTES = 1 << 20;

interface Wrong {
  /** Position among the rows. */
  readonly at: number;
  /** How wrong, by which they are sorted. */
  readonly by: number;
  readonly said: Omit<Mistake, 'row' | 'values'>;
}

/** The rows that a classifier was surest of and wrong about, the surest first. */
export async function sendMistakes(evaluation: Evaluation, data: Dataset, context: StageContext): Promise<void> {
  const { truth, predicted } = evaluation;
  if (!truth || !predicted || !evaluation.decisions) return;
  const wrong: Wrong[] = [];
  for (let row = 0; row < truth.length; row++) if (truth[row] !== predicted[row]) wrong.push(wrongOf(evaluation, data, row));
  if (wrong.length === 0) return;
  wrong.sort((a, b) => b.by - a.by || a.at - b.at);
  const most = data.picture ? Math.min(MOST_MISTAKES, Math.floor(PICTURE_BYTES / data.x.cols)) : MOST_MISTAKES;
  const ofKind = (kind: Mistake['mistake']): Wrong[] => wrong.filter(({ said }) => said.mistake === kind).slice(0, Math.ceil(most / 2));
  const shown = evaluation.classes.length === 2 ? [...ofKind('false positive'), ...ofKind('false negative')] : wrong.slice(0, most);
  await (data.picture ? sendPictures(shown, data, context) : sendRows(shown, data, context, wrong.length));
}

/** Of one row that was predicted wrong. */
function wrongOf(evaluation: Evaluation, data: Dataset, row: number): Wrong {
  const { classes, classNames = data.classNames } = evaluation;
  const [truth, predicted, decisions] = [evaluation.truth!, evaluation.predicted!, evaluation.decisions!];
  const labels = labelsOf(evaluation);
  const [is, said] = [labels[truth[row]!]!, labels[predicted[row]!]!];
  const [code, right] = [classes.indexOf(said), classes.indexOf(is)];
  const two = classes.length === 2;
  const scoreOf = (c: number): number => (two ? c * decisions[row]! : decisions[row * classes.length + c]!);
  const least = (): number => Math.min(...classes.map((_, c) => scoreOf(c)));
  const share = evaluation.probabilities?.[row * classes.length + code];
  return {
    at: row,
    // By what is shown; else by how far the score is above that of the true label, of which one that the model never saw has none.
    by: share ?? scoreOf(code) - (right < 0 ? least() : scoreOf(right)),
    said: {
      truth: nameOf(is, classNames),
      predicted: nameOf(said, classNames),
      ...(share === undefined ? {} : { probability: share }),
      ...(two ? { mistake: code === 1 ? 'false positive' : 'false negative' } : {}),
    },
  };
}

/** The rows whose values a regressor missed by most. */
export async function sendResiduals({ outputs, truth, predicted }: ValuesEvaluation, data: Rows, context: StageContext): Promise<void> {
  if (outputs !== 1 || data.picture) return;
  const off = Array.from(truth, (value, at) => ({ at, by: Math.abs(predicted[at]! - value), said: { truth: value, predicted: predicted[at]! } }));
  off.sort((a, b) => b.by - a.by || a.at - b.at);
  await sendRows(off.slice(0, MOST_MISTAKES / 2), data, context);
}

async function sendPictures(shown: readonly Wrong[], data: Rows, { emit, stage }: StageContext): Promise<void> {
  const ids = Uint32Array.from(shown, ({ at }) => data.rows[at]!);
  const { cols, data: pixels } = await takeRows(data.x, ids);
  if (!(pixels instanceof Uint8Array)) return;
  shown.forEach(({ said: { truth, predicted, probability, mistake } }, i) => {
    const sure = probability === undefined ? '' : ` (${(100 * probability).toFixed(0)} %)`;
    const caption = `row ${grouped(ids[i]!)}: ${truth}, predicted ${predicted}${sure}`;
    const picture = pictureOf(data.picture!, pixels.slice(i * cols, (i + 1) * cols), caption);
    emit({ type: 'picture', stage, of: 'mistake', picture, ...(mistake ? { mistake } : {}) });
  });
}

/** @param wrong of how many rows, of classes */
async function sendRows(shown: readonly Wrong[], data: Rows, { emit, stage }: StageContext, wrong?: number): Promise<void> {
  const ids = Uint32Array.from(shown, ({ at }) => data.rows[at]!);
  const cells = await cellsOf(data, ids, MOST_COLUMNS);
  const worst = shown.map(({ said }, i) => ({ row: ids[i]!, ...said, values: cells[i]! }));
  const columns = columnNames(data, MOST_COLUMNS);
  emit({ type: 'mistakes', stage, ...(wrong === undefined ? {} : { wrong }), rows: data.rows.length, cols: data.x.cols, columns, worst });
}

export function cutOff<T>(name: T): T | string {
  return typeof name === 'string' ? shortened(name, MOST_LETTERS) : name;
}

/** What the first columns are called. */
export function columnNames({ x, columns }: Pick<Rows, 'x' | 'columns'>, most: number): readonly string[] {
  return Array.from({ length: Math.min(most, x.cols) }, (_, j) => columns?.[j] ?? `column ${j}`);
}

/** Values of the first columns as people read them, of rows by their ids. */
export async function cellsOf({ x }: Pick<Rows, 'x'>, ids: Uint32Array, most: number): Promise<readonly (readonly CellValue[])[]> {
  const { cols, data, dtype } = await takeRows(x, ids);
  const { categories, dates } = meaningsOf(x);
  return Array.from(ids, (_, i) =>
    Array.from({ length: Math.min(most, cols) }, (_, j): CellValue => {
      const value = data[i * cols + j]!;
      if (Number.isNaN(value)) return null;
      if (dates?.includes(j)) return dateText(value);
      const name = categories?.[j]?.[value];
      if (name !== undefined) return cutOff(name);
      // In a float32 more digits are noise.
      return dtype === 'f32' ? Number(value.toPrecision(7)) : value;
    }),
  );
}
