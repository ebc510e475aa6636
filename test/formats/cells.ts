// What a format hands over, as lists: numbers where they are written as such, texts else, null for no value.
import type { CellSink, TableFile, TableReadOptions } from '../../src/formats/format.ts';

export type Cell = number | string | null;

/** @param numeric columns whose numbers are wanted as numbers */
export async function cellsOf(
  file: TableFile,
  numeric: readonly string[] = [],
  options: TableReadOptions = {},
): Promise<Readonly<Record<string, readonly Cell[]>>> {
  let names: readonly string[] = [];
  const cells: Cell[][] = [];
  let rows = 0;
  await file.read(options, (columns) => {
    names = columns;
    const sinks = columns.map((name): CellSink => {
      const own: Cell[] = [];
      cells.push(own);
      const put = (cell: Cell): undefined => void own.push(cell);
      return { numeric: numeric.includes(name), number: put, text: put, missing: () => put(null) };
    });
    return { cells: sinks, endRow: () => void rows++ };
  });
  if (cells.some((own) => own.length !== rows)) throw new Error('a row has cells more or fewer than others');
  return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes that come in pieces of one size, as a file on a disk. */
export function inPieces(bytes: Uint8Array, size: number): TableReadOptions {
  return {
    disk: {
      list: async () => undefined,
      read: async () => bytes,
      write: async () => {},
      slices: async () => ({ size: bytes.length, slice: async (from, to) => bytes.slice(from, to), close: async () => {} }),
      open: async () => ({
        size: bytes.length,
        bytes: (async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
        })(),
      }),
    },
  };
}
