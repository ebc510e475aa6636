// Text as UTF-8, whatever its encoding, so that readers know only one. A byte order mark overrides the encoding asked for. Bytes that
// are not text at all are recognised by how they begin.
import { PipelineError } from '../../core/errors/errors.ts';

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** What people pass instead of text, by how it begins. */
const OTHERS: readonly (readonly [string, string, string])[] = [
  ['PK\x03\x04', 'a zip file, or a workbook (.xlsx)', 'Unzip it, or save the sheet as CSV.'],
  ['ARROW1', 'an Arrow file', 'Read it with arrow(file).'],
  ['PAR1', 'a Parquet file', 'Read it with parquet(file).'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook (.xls)', 'Save the sheet as CSV.'],
  ['SQLite format 3', 'an SQLite database', 'Export the table as CSV.'],
  ['\x89PNG', 'a PNG picture', 'Name the table.'],
  ['%PDF', 'a PDF document', 'Name the table.'],
  ['BZh', 'a bzip2 file', 'Unpack it, or pack it with gzip.'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file', 'Unpack it, or pack it with gzip.'],
  ['\xfd7zXZ', 'an xz file', 'Unpack it, or pack it with gzip.'],
  ['<!DOCTYPE', 'a web page', 'Download the file itself: open the address in a browser and look at what comes.'],
  ['<html', 'a web page', 'Download the file itself: open the address in a browser and look at what comes.'],
];
/** Enough for every beginning above. */
const LEAST = 16;

/**
 * @param asked by the user; a byte order mark overrides it
 * @throws E_DATA for bytes that are not text, or not in the encoding
 */
export async function* utf8Of(name: string, bytes: AsyncIterable<Uint8Array>, asked: Encoding | undefined): AsyncGenerator<Uint8Array, void> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    let head: Uint8Array = new Uint8Array();
    let next = await iterator.next();
    while (!next.done) {
      head = joined(head, next.value);
      if (head.length >= LEAST) break;
      next = await iterator.next();
    }
    const [marked, mark] = MARKS.find(([, own]) => own.every((byte, i) => head[i] === byte)) ?? [undefined, []];
    const encoding = marked ?? asked ?? 'utf-8';
    head = head.subarray(mark.length);
    checkHead(name, head, encoding);
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (encoding === 'utf-8') {
      if (head.length > 0) yield head;
      yield* rest;
    } else yield* recoded(name, head, rest, encoding);
  } finally {
    await iterator.return?.();
  }
}

async function* recoded(name: string, head: Uint8Array, rest: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<Uint8Array, void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const encoder = new TextEncoder();
  const decoded = (piece: Uint8Array | undefined): Uint8Array => {
    try {
      return encoder.encode(piece ? decoder.decode(piece, { stream: true }) : decoder.decode());
    } catch (cause) {
      throw new PipelineError('E_DATA', `${name} is not ${encoding} to its end: it is cut off, or in another encoding.`, {
        hint: `Copy it again, or say encoding: one of ${ENCODINGS.join(', ')}.`,
        cause,
      });
    }
  };
  yield decoded(head);
  for await (const piece of rest) yield decoded(piece);
  yield decoded(undefined);
}

function checkHead(name: string, head: Uint8Array, encoding: Encoding): void {
  const begins = String.fromCharCode(...head.subarray(0, LEAST));
  const other = OTHERS.find(([mark]) => begins.toLowerCase().startsWith(mark.toLowerCase()));
  if (other) throw new PipelineError('E_DATA', `${name} is ${other[1]}, not a text.`, { hint: other[2] });
  const zero = head.subarray(0, 1024).indexOf(0);
  if (encoding.startsWith('utf-16') || zero < 0) return;
  throw new PipelineError('E_DATA', `${name} has a zero in byte ${zero}: it is no text, or one in UTF-16 without a mark that says so.`, {
    hint: `Name a file of text, or say encoding: ${zero % 2 === 1 ? "'utf-16le'" : "'utf-16be'"}.`,
  });
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
