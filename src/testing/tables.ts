// Small tables for checks of estimators: three groups of rows, with a target of every kind, and variations of them. Features
// are eighths from 0 up, which every dtype but whole numbers holds exactly, and which estimators of counts take too.
import { csr } from '../core/data/csr.ts';
import type { Dataset, TargetKind } from '../core/data/dataset.ts';
import { takeRows, type StoredMatrix } from '../core/data/features.ts';
import { matrix, type Matrix } from '../core/data/matrix.ts';
import { RandomState } from '../core/data/random.ts';

/** Rows to train on, dense, of any target. */
export type Table = Dataset<'train', Matrix, 'none'>;

const ROWS = 60;
const COLS = 4;
/** Rows of the matrix that are none of the dataset: ids are not positions. */
const BEFORE = 6;

/** Own tables by target; two of classes, with three and with two. */
export function tablesOf(target: TargetKind): readonly Table[] {
  const random = new RandomState(3);
  const eighth = (below: number): number => random.interval(below * 8 - 1) / 8;
  const count = BEFORE + ROWS;
  const groups = Uint8Array.from({ length: count }, (_, row) => row % 3);
  const x = Float64Array.from({ length: count * COLS }, (_, at) => {
    const [group, j] = [groups[Math.floor(at / COLS)]!, at % COLS];
    return group === j ? 4 + eighth(2) : random.interval(1) === 0 ? 0 : eighth(3);
  });
  const base = { name: 'the table', role: 'train', x: matrix(count, COLS, x), rows: Uint32Array.from({ length: ROWS }, (_, i) => i + BEFORE) } as const;
  const made: Readonly<Record<TargetKind, () => readonly object[]>> = {
    classes: () => [{ labels: groups.map((group) => 1 + 3 * group) }, { labels: groups.map((group) => (group === 2 ? 9 : 4)) }],
    values: () => [
      {
        values: matrix(
          count,
          1,
          Float64Array.from(groups, (group, row) => 2 * group + x[row * COLS + 3]! / 4 + eighth(1) / 8),
        ),
      },
    ],
    indicators: () => [
      {
        indicators: matrix(
          count,
          2,
          Uint8Array.from({ length: count * 2 }, (_, at) => Number(groups[at >> 1] === at % 2)),
        ),
      },
    ],
    none: () => [{}],
  };
  return made[target]().map((own) => ({ ...base, ...own }));
}

/** The same rows in memory, dense. */
export async function denseOf(rows: Dataset<'train', Dataset['x'], 'none'>): Promise<Table> {
  const { data, cols } = await takeRows(
    rows.x,
    Uint32Array.from({ length: rows.x.rows }, (_, i) => i),
  );
  return { ...rows, x: matrix(rows.x.rows, cols, Float64Array.from(data)) };
}

/** Without the zeros. */
export function sparseOf(table: Table): Dataset<'train', Dataset['x'], 'none'> {
  const { rows, cols, data } = table.x;
  const kept = [...data.keys()].filter((at) => data[at] !== 0);
  const indptr = new Uint32Array(rows + 1);
  for (const at of kept) indptr[Math.floor(at / cols) + 1]!++;
  for (let row = 0; row < rows; row++) indptr[row + 1]! += indptr[row]!;
  return { ...table, x: csr(rows, cols, { indptr, indices: kept.map((at) => at % cols), data: Float64Array.from(kept, (at) => data[at]!) }) };
}

/** The same rows, where they are read only as they are needed. */
export function storedOf(table: Table): Dataset<'train', StoredMatrix, 'none'> {
  const { rows, cols, dtype } = table.x;
  return { ...table, x: { rows, cols, dtype, readRows: async (ids, target) => target.set((await takeRows(table.x, ids)).data) } };
}

/** With other columns: `from[j]` is the column that becomes column j, or none for one of ones. */
export function withColumns(table: Table, from: readonly (number | undefined)[]): Table {
  const { rows, cols, data } = table.x;
  const picked = Float64Array.from({ length: rows * from.length }, (_, at) => {
    const column = from[at % from.length];
    return column === undefined ? 1 : data[Math.floor(at / from.length) * cols + column]!;
  });
  return { ...table, x: matrix(rows, from.length, picked) };
}

/** With one feature of the first row replaced. */
export function withFeature(table: Table, value: number): Table {
  const data = Float64Array.from(table.x.data);
  data[table.rows[0]! * table.x.cols] = value;
  return { ...table, x: matrix(table.x.rows, table.x.cols, data) };
}

/** In another order. */
export function shuffled(table: Table): Table {
  return { ...table, rows: Uint32Array.from(new RandomState(5).permutation(table.rows.length), (at) => table.rows[at]!) };
}

/** Rows `ids` with other features and another's target; no other row is touched. */
export function altered(table: Table, ids: readonly number[]): Table {
  const { labels, values, indicators } = table as Partial<Dataset & Dataset<'train', Matrix, 'values'> & Dataset<'train', Matrix, 'indicators'>>;
  const next = new Map(ids.map((id, i) => [id, ids[(i + 1) % ids.length]!]));
  const moved = <M extends Matrix>({ rows, cols, data }: M): M => {
    const own = data.slice();
    for (const [id, other] of next) for (let j = 0; j < cols; j++) own[id * cols + j] = data[other * cols + j]!;
    return matrix(rows, cols, own) as M;
  };
  const data = Float64Array.from(table.x.data);
  for (const id of ids) for (let j = 0; j < table.x.cols; j++) data[id * table.x.cols + j] = 20 - Math.min(20, data[id * table.x.cols + j]!);
  return {
    ...table,
    x: matrix(table.x.rows, table.x.cols, data),
    ...(labels ? { labels: labels.map((label, id) => (next.has(id) ? labels[next.get(id)!]! : label)) } : {}),
    ...(values ? { values: moved(values) } : {}),
    ...(indicators ? { indicators: moved(indicators) } : {}),
  };
}

/** Three folds, with rows of every group of the own tables, and of every class where there are classes, in each, `[rows]`. */
export function foldsOf(table: Table): Uint8Array {
  const { labels } = table as Partial<Dataset>;
  const seen = new Map<number, number>();
  return Uint8Array.from(table.rows, (id, at) => {
    if (!labels) return Math.floor(at / 3) % 3;
    const count = seen.get(labels[id]!) ?? 0;
    seen.set(labels[id]!, count + 1);
    return count % 3;
  });
}
