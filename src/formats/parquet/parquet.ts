// Parquet: columns in groups of rows, each column in pages. Only the columns that are wanted are read, a page of each at a time.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Slices } from '../../core/files.ts';
import { COPY, Damaged } from '../bytes/damaged.ts';
import { placeOf, type FileLike, type Place } from '../bytes/open.ts';
import { openSlices } from '../bytes/slices.ts';
import type { Packing } from '../bytes/unpack.ts';
import { opened, Rows, takesColumn, type OpenColumn } from '../columnar/rows.ts';
import type { CellSink, TableFile, TableReadOptions } from '../format.ts';
import { readFooter, type Column, type Leaf, type RowGroup } from './footer/footer.ts';
import { meaningOf, type Meaning } from './meaning.ts';
import { classNamesIn } from './notes.ts';
import { packingOf, PageReader } from './pages.ts';

/** Rows that a byte may stand for, for an estimate of how many there will be. */
const MOST_A_BYTE = 64;

/**
 * A Parquet file, as pandas, Polars, DuckDB and Spark write it, with pages packed by snappy, gzip, zstd, lz4 or not at all. Numbers,
 * decimals, booleans, texts, dates and timestamps are read; of a column of structs each part is a column, `struct.part`; a column of
 * lists cannot be read, but others beside it can. Only the columns that a schema names are read, a page at a time.
 *
 * A null, an empty text and NaN are cells without a value. A whole number beyond 2^53 that float64 would round does not count as a
 * number. Timestamps without a zone are UTC.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA naming row, column and value, or what is damaged
 * @example
 * table(parquet('flights.parquet'), { date: date({ parts: ['month', 'hour'] }), distance: number(), origin: category(), delay: value() });
 */
export function parquet(file: FileLike): TableFile {
  return parquetAt(placeOf('parquet', file));
}

/** The same, of a place that is known. */
export function parquetAt(place: Place): TableFile {
  const { name } = place;
  return {
    name,
    params: { format: 'parquet' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const slices = await openSlices(place, options);
      try {
        const { columns, rows, groups, notes } = await readFooter(name, slices);
        const sink = open(
          columns.map((column) => column.name),
          Math.min(rows, slices.size * MOST_A_BYTE),
          { classNames: classNamesIn(notes) },
        );
        const wanted = columns.flatMap((column, i) => (sink.cells[i] ? wantedOf(name, column, sink.cells[i]) : []));
        const out = new Rows(name, sink);
        for (const [i, group] of groups.entries()) {
          await readGroup({ name, file: slices, group, called: `row group ${i}`, wanted, out, options });
          options.onProgress?.({ task: 'read', done: Math.round((slices.size * out.count) / rows), total: slices.size, note: name });
        }
      } finally {
        await slices.close();
      }
    },
  };
}

interface Wanted {
  readonly leaf: Leaf;
  readonly meaning: Meaning;
  readonly open: OpenColumn;
}

function wantedOf(file: string, { name, leaf }: Column, sink: CellSink): readonly Wanted[] {
  const meaning = leaf && meaningOf(leaf);
  return takesColumn(file, name, sink, meaning, leaf === undefined, leaf?.physical ?? '') ? [{ leaf: leaf!, meaning, open: opened(name, sink) }] : [];
}

interface Group {
  readonly name: string;
  readonly file: Slices;
  readonly group: RowGroup;
  readonly called: string;
  readonly wanted: readonly Wanted[];
  readonly out: Rows;
  readonly options: TableReadOptions;
}

async function readGroup({ name, file, group, called, wanted, out, options }: Group): Promise<void> {
  const refused = (column: string, error: unknown): unknown => {
    if (!(error instanceof Damaged)) return error;
    return new PipelineError('E_DATA', `${name} is damaged: ${called}, column '${column}': ${error.message}.`, { hint: COPY, cause: error });
  };
  const readers = wanted.map(({ leaf, meaning, open }) => {
    try {
      const chunk = group.chunk(leaf.index);
      if (chunk.physical !== leaf.physical) throw new Damaged(`it has values of type ${chunk.physical} in place of ${leaf.physical}`);
      open.cells = { length: 0, put: () => undefined };
      open.at = 0;
      return new PageReader(file, chunk, leaf, meaning, packingIn(name, open.name, packingOf(chunk)));
    } catch (error) {
      throw refused(open.name, error);
    }
  });
  const columns = wanted.map(({ open }) => open);
  for (let left = group.rows; left > 0;) {
    options.signal?.throwIfAborted();
    let run = left;
    for (const [i, column] of columns.entries()) {
      try {
        while (column.at === column.cells.length) {
          column.cells = await readers[i]!.next();
          column.at = 0;
        }
      } catch (error) {
        throw refused(column.name, error);
      }
      run = Math.min(run, column.cells.length - column.at);
    }
    out.put(columns, run);
    left -= run;
  }
  for (const [i, reader] of readers.entries()) {
    try {
      reader.end();
    } catch (error) {
      throw refused(columns[i]!.name, error);
    }
  }
}

function packingIn(file: string, column: string, found: ReturnType<typeof packingOf>): Packing | undefined {
  if ('packing' in found) return found.packing;
  throw new PipelineError('E_DATA', `${file}: column '${column}' is packed by ${found.unknown}, which nobody here unpacks.`, {
    hint: "Write it with compression='zstd', 'snappy' or 'gzip'.",
  });
}
