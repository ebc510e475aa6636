// What a source brought in, small enough for the record of a run: the first rows, and how values are spread.
import { meaningsOf } from '../../core/data/categories.ts';
import { nameOf } from '../../core/data/classNames.ts';
import { countLabels, hasClasses, type Classes, type Indicators, type Rows, type Values } from '../../core/data/dataset.ts';
import { isStored, takeRows } from '../../core/data/features.ts';
import type { CellValue, ColumnPreview } from '../../core/events.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { pictureOf } from './evidence.ts';
import { cellsOf, columnNames, cutOff } from './mistakes.ts';

const FIRST_ROWS = 8;
const MOST_COLUMNS = 20;
const MOST_NAMES = 30;
const BINS = 16;
/** Numbers that are looked at: more take time and tell no more. */
const MOST_NUMBERS = 1 << 21;
/** Rows that are read one by one from where they are stored. */
const STORED_ROWS = 4096;
/** Bytes of pictures that go into the record. */
const PICTURE_BYTES = 65_536;

type Targeted = Rows & Partial<Classes & Values & Indicators>;

/** Sends what a report shows of the data. */
export async function sendPreview(data: Targeted, { emit, stage }: Pick<StageContext, 'emit' | 'stage'>): Promise<void> {
  const { name, x, rows, picture } = data;
  if (rows.length === 0 || x.cols === 0) return;
  const ids = rows.subarray(0, FIRST_ROWS);
  const most = Math.max(FIRST_ROWS, Math.min(Math.floor(MOST_NUMBERS / x.cols), isStored(x) ? STORED_ROWS : Infinity));
  const step = Math.ceil(rows.length / most);
  const some = step === 1 ? rows : rows.filter((_, i) => i % step === 0);
  const targets = targetCells(data, ids);
  const cells = picture ? targets : (await cellsOf(data, ids, MOST_COLUMNS)).map((row, i) => [...row, ...targets[i]!]);
  const columns = await columnsOf(data, some);
  emit({ type: 'data', stage, data: { name, rows: rows.length, cols: x.cols, counted: some.length, columns, target: targetOf(data), first: cells } });
  if (picture) await sendPictures(data, targets, { emit, stage });
}

async function sendPictures(data: Targeted, targets: readonly (readonly CellValue[])[], { emit, stage }: Pick<StageContext, 'emit' | 'stage'>): Promise<void> {
  const shown = data.rows.subarray(0, Math.min(FIRST_ROWS, Math.floor(PICTURE_BYTES / data.x.cols)));
  const { cols, data: pixels } = await takeRows(data.x, shown);
  if (!(pixels instanceof Uint8Array)) return;
  shown.forEach((row, i) => {
    const caption = [`row ${row}`, ...targets[i]!].join(': ');
    emit({ type: 'picture', stage, of: 'data', picture: pictureOf(data.picture!, pixels.slice(i * cols, (i + 1) * cols), caption) });
  });
}

async function columnsOf({ x, columns, picture }: Targeted, ids: Uint32Array): Promise<readonly ColumnPreview[]> {
  const { cols, data, dtype } = await takeRows(x, ids);
  if (picture) return [{ name: `${picture.width} x ${picture.height} pixels`, type: dtype, ...spreadOf(data) }];
  const { categories, dates } = meaningsOf(x);
  return columnNames({ x, columns }, MOST_COLUMNS).map((name, j): ColumnPreview => {
    const own = Float64Array.from({ length: ids.length }, (_, i) => data[i * cols + j]!);
    const names = categories?.[j];
    if (!names) return { name, type: dates?.includes(j) ? 'dates' : dtype, ...spreadOf(own) };
    const counts = new Array<number>(names.length).fill(0);
    for (const code of own) if (code === code) counts[code]!++;
    return { name, type: 'names', gaps: own.length - counts.reduce((a, b) => a + b, 0), ...named(names, counts) };
  });
}

function named(names: readonly (string | number | boolean)[], counts: readonly number[]): Pick<ColumnPreview, 'counts' | 'names'> {
  return { names: names.length, counts: counts.slice(0, MOST_NAMES).map((count, code) => [cutOff(names[code]!), count]) };
}

/** Finite numbers in equal parts of their range; of others, how many there are. */
function spreadOf(values: ArrayLike<number>): Pick<ColumnPreview, 'gaps' | 'infinite' | 'spread'> {
  let [gaps, infinite, min, max, sum] = [0, 0, Infinity, -Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) gaps++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const others = { gaps, ...(infinite > 0 ? { infinite } : {}) };
  if (min > max) return others;
  const counts = new Array<number>(BINS).fill(0);
  // Ends that are far apart: their difference may be beyond what a float64 holds.
  const width = max / BINS - min / BINS || 1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) counts[Math.max(0, Math.min(BINS - 1, Math.floor(values[i]! / width - min / width)))]!++;
  }
  return { ...others, spread: { min, mean: sum / (values.length - gaps - infinite), max, counts } };
}

function targetOf(data: Targeted): readonly ColumnPreview[] {
  const { rows, values, indicators, labelNames } = data;
  if (hasClasses(data)) {
    const counts = [...countLabels(data)].flatMap((count, label) => (count > 0 ? [[nameOf(label, data.classNames), count] as const] : []));
    return [{ name: 'class', type: 'classes', gaps: 0, names: counts.length, counts: counts.slice(0, MOST_NAMES) }];
  }
  if (values) {
    return Array.from({ length: Math.min(values.cols, MOST_COLUMNS) }, (_, j) => ({
      name: values.cols === 1 ? 'value' : `value ${j + 1}`,
      type: 'f64',
      ...spreadOf(Float64Array.from(rows, (row) => values.data[row * values.cols + j]!)),
    }));
  }
  return Array.from({ length: Math.min(indicators?.cols ?? 0, MOST_COLUMNS) }, (_, j) => {
    const has = rows.reduce((sum, row) => sum + indicators!.data[row * indicators!.cols + j]!, 0);
    const counts = [['no', rows.length - has] as const, ['yes', has] as const];
    return { name: labelNames?.[j] ?? `label ${j}`, type: 'label', gaps: 0, names: 2, counts };
  });
}

/** Of each row. */
function targetCells(data: Targeted, ids: Uint32Array): readonly (readonly CellValue[])[] {
  const { labels, classNames, values, indicators } = data;
  const cellsIn = ({ cols, data }: { readonly cols: number; readonly data: ArrayLike<number> }, row: number): number[] =>
    Array.from({ length: Math.min(cols, MOST_COLUMNS) }, (_, j) => data[row * cols + j]!);
  return Array.from(ids, (row) => {
    if (labels) return [nameOf(labels[row]!, classNames)];
    if (values) return cellsIn(values, row);
    return indicators ? cellsIn(indicators, row).map((bit) => (bit > 0 ? 'yes' : 'no')) : [];
  });
}
