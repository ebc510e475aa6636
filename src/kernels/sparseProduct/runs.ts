// Sparse rows as runs: the sums that margins and gradients are made of.
import type { CsrMatrix } from '../../core/data/csr.ts';
import type { Entries, Runs } from './slices.ts';

/** Most entries of a run: f32 adds up no more of them, and invocations end at about the same time. */
const MOST_ENTRIES = 1024;

/** Columns whose weights stay in the cache of a core while rows pass: 1 MB. */
const PANEL = 2 ** 18;
/** Entries of a row in a panel that are worth a run of their own. */
const WORTH_A_RUN = 16;

/**
 * Rows `ids` of `x` as runs whose targets are rows and whose indices are columns. No two of a launch may add to the same row, so what
 * a row has beyond its first run is for the next launch. Where rows are long enough, a launch has columns of one panel alone.
 */
export function rowRuns({ cols, indptr, indices }: CsrMatrix, ids: Uint32Array): readonly Runs[] {
  const launches: Runs[] = [];
  const entries = ids.reduce((sum, id) => sum + indptr[id + 1]! - indptr[id]!, 0);
  const panels = Math.max(1, Math.min(Math.ceil(cols / PANEL), Math.floor(entries / ids.length / WORTH_A_RUN)));
  const begins = ids.map((id) => indptr[id]!);
  for (let panel = 1; panel <= panels;) {
    const end = panel === panels ? cols : Math.floor((cols * panel) / panels);
    const lengths = ids.map((id, row) => {
      const most = Math.min(indptr[id + 1]!, begins[row]! + MOST_ENTRIES);
      let at = begins[row]!;
      while (at < most && indices[at]! < end) at++;
      return at - begins[row]!;
    });
    const targets = Uint32Array.from(ids.keys()).filter((row) => lengths[row]! > 0);
    if (targets.length === 0) panel++;
    else launches.push({ targets, lengths: targets.map((row) => lengths[row]!), begins: targets.map((row) => begins[row]!) });
    lengths.forEach((length, row) => (begins[row]! += length));
  }
  return launches;
}

/** Columns as runs. */
export interface ColumnRuns extends Runs {
  /** Where each column begins among {@link columnEntries}, then the constant, then the end: `[cols + 2]`. */
  readonly columns: Uint32Array;
  /** The column of each sum from target `further` on. */
  readonly further: Uint32Array;
}

/**
 * The same rows as runs whose targets are columns, and behind those a constant 1, and whose indices are rows. What a column has beyond
 * its first run is summed apart, from target `further` on.
 */
export function columnRuns({ cols, indptr, indices }: CsrMatrix, ids: Uint32Array, further: number): ColumnRuns {
  const columns = new Uint32Array(cols + 2);
  for (const id of ids) for (let at = indptr[id]!; at < indptr[id + 1]!; at++) columns[indices[at]! + 1]!++;
  for (let j = 0; j < cols; j++) columns[j + 1]! += columns[j]!;
  columns[cols + 1] = columns[cols]! + ids.length;
  const [targets, lengths, begins, apart]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let j = 0; j <= cols; j++) {
    // One at least: it begins the sum of the column.
    for (let at = columns[j]!; at === columns[j] || at < columns[j + 1]!; at += MOST_ENTRIES) {
      targets.push(at === columns[j] ? j : further + apart.push(j) - 1);
      lengths.push(Math.min(MOST_ENTRIES, columns[j + 1]! - at));
      begins.push(at);
    }
  }
  return {
    targets: Uint32Array.from(targets),
    lengths: Uint32Array.from(lengths),
    begins: Uint32Array.from(begins),
    columns,
    further: Uint32Array.from(apart),
  };
}

/** What those runs add up, column after column. */
export function columnEntries({ cols, indptr, indices, values }: CsrMatrix, ids: Uint32Array, { columns }: ColumnRuns): Entries {
  const rows = new Uint32Array(columns[cols + 1]!);
  const held = new Float32Array(rows.length).fill(1, columns[cols]);
  const next = columns.slice();
  ids.forEach((id, row) => {
    for (let at = indptr[id]!; at < indptr[id + 1]!; at++) {
      const place = next[indices[at]!]!++;
      rows[place] = row;
      held[place] = values[at]!;
    }
    rows[next[cols]!++] = row;
  });
  return { indices: rows, values: held };
}
