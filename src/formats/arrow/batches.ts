// The messages of Arrow data, in a file or as a stream: the schema, dictionaries, and batches of rows. Only the buffers of columns that
// are wanted are read, a batch at a time.
import type { Slices } from '../../core/files.ts';
import { Damaged } from '../bytes/damaged.ts';
import { unpack } from '../bytes/unpack.ts';
import type { Cells, Valid } from '../columnar/cells.ts';
import { bitsIn, positionsIn, type Meaning } from './columns.ts';
import { rootOf, unharmed, type FlatTable } from './flatbuffer.ts';
import type { Dictionary, Field } from './schema.ts';

/** What a message holds, by Arrow's numbers. */
export const SCHEMA = 1;
export const DICTIONARY = 2;
export const BATCH = 3;

export interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  /** Where its buffers are. */
  readonly from: number;
  readonly to: number;
}

/** What a piece of metadata is at most: schemas of thousands of columns have a megabyte. */
const MOST_METADATA = 2 ** 28;
const CONTINUED = 0xffffffff;
const CUT = 'it ends in the middle of a message';

/** Messages of a stream. @throws Damaged where they end without a mark that says so */
export async function* messagesOf(file: Slices): AsyncGenerator<Message, void> {
  for (let message = await messageAt(file, 0); message; message = await messageAt(file, message.to)) yield message;
}

/** Messages of a file, by its footer: the schema, dictionaries, batches. @param end where the footer ends */
export async function* messagesIn(file: Slices, end: number): AsyncGenerator<Message, void> {
  const tail = await file.slice(end - 4, end);
  const length = new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(0, true);
  if (length > Math.min(MOST_METADATA, end - 12)) throw new Damaged('its footer is longer than the file');
  const footer = rootOf(await file.slice(end - 4 - length, end - 4));
  const found = unharmed(() => ({ schema: footer.table(1), blocks: [...footer.wholes(2, 3), ...footer.wholes(3, 3)] }));
  if (!found.schema) throw new Damaged('its footer has no schema');
  yield { kind: SCHEMA, header: found.schema, from: 0, to: 0 };
  let last = 0;
  for (const [at] of found.blocks) {
    const message = at! < 0 ? undefined : await messageAt(file, at!);
    if (!message) throw new Damaged('its footer points beyond its messages');
    last = Math.max(last, message.to);
    yield message;
  }
  // Behind the last one is the mark of the end, or the footer.
  if (last > 0 && last < end - 4 - length && (await messageAt(file, last))) throw new Damaged('its footer leaves rows out');
}

/** @returns undefined for the mark of the end */
async function messageAt(file: Slices, from: number): Promise<Message | undefined> {
  const head = await file.slice(from, from + 8);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 4) throw new Damaged('it ends without the mark of its end');
  // Before 2019 the mark that a message goes on was missing.
  const marked = view.getUint32(0, true) === CONTINUED;
  if (marked && head.length < 8) throw new Damaged(CUT);
  const length = view.getUint32(marked ? 4 : 0, true);
  const at = from + (marked ? 8 : 4);
  if (length === 0) return undefined;
  if (length > Math.min(MOST_METADATA, file.size - at)) throw new Damaged(CUT);
  const message = rootOf(await file.slice(at, at + length));
  const { kind, header, body } = unharmed(() => ({ kind: message.int8(1, 0), header: message.table(2), body: message.int64(3) }));
  if (!header || body < 0 || body > file.size - at - length) throw new Damaged(CUT);
  return { kind, header, from: at + length, to: at + length + body };
}

/** A column that is wanted: its field, and where its first node and buffers are in a batch. */
export interface Place {
  readonly field: Field;
  readonly node: number;
  readonly buffer: number;
  readonly variadic: number;
}

/** Where the columns of a batch are, in the order of fields. */
export function placesOf(fields: readonly Field[]): readonly Place[] {
  let [node, buffer, variadic] = [0, 0, 0];
  return fields.map((field) => {
    const place = { field, node, buffer, variadic };
    node += field.nodes;
    buffer += field.buffers;
    variadic += field.variadic;
    return place;
  });
}

const PACKINGS = ['lz4Frame', 'zstd'] as const;

/** A batch of rows, whose columns are read one by one. */
export class Batch {
  readonly rows: number;
  readonly #file: Slices;
  readonly #message: Pick<Message, 'from' | 'to'>;
  readonly #nodes: readonly (readonly number[])[];
  readonly #buffers: readonly (readonly number[])[];
  readonly #variadic: readonly number[];
  readonly #packing: (typeof PACKINGS)[number] | undefined;

  /** @throws Damaged */
  constructor(file: Slices, header: FlatTable, message: Pick<Message, 'from' | 'to'>) {
    this.#file = file;
    this.#message = message;
    const found = unharmed(() => ({
      rows: header.int64(0),
      nodes: header.wholes(1, 2),
      buffers: header.wholes(2, 2),
      codec: header.table(3)?.int8(0, 0),
      variadic: header.wholes(4, 1).map(([count]) => count!),
    }));
    this.rows = found.rows;
    this.#nodes = found.nodes;
    this.#buffers = found.buffers;
    this.#variadic = found.variadic;
    this.#packing = found.codec === undefined ? undefined : PACKINGS[found.codec];
    if (found.codec !== undefined && !this.#packing) throw new Damaged(`its buffers are packed by codec ${found.codec}`);
    if (this.rows < 0 || this.rows > 2 ** 31) throw new Damaged(`a batch has ${this.rows} rows`);
  }

  /** Which cells of a column have a value, and the buffers behind that. @throws Damaged */
  async column({ field, node, buffer, variadic }: Place): Promise<{ readonly valid: Valid; readonly buffers: readonly Uint8Array[] }> {
    const [length, nulls] = this.#nodes[node] ?? [];
    if (length !== this.rows || nulls === undefined) throw new Damaged(`it has ${length ?? 'no'} rows in a batch of ${this.rows}`);
    const before = this.#variadic.slice(0, variadic).reduce((sum, count) => sum + count, 0);
    const count = field.buffers + (field.variadic > 0 ? (this.#variadic[variadic] ?? 0) : 0);
    if (count < 0 || before < 0 || buffer + before + count > this.#buffers.length) throw new Damaged('its buffers are missing');
    const all: Uint8Array[] = [];
    for (let i = 0; i < count; i++) all.push(await this.#buffer(buffer + before + i));
    const [bitmap, ...buffers] = all;
    if (nulls === 0 || !bitmap) return { valid: undefined, buffers };
    const valid = bitsIn(bitmap, this.rows);
    const gaps = this.rows - valid.reduce((sum, has) => sum + has, 0);
    if (gaps !== nulls) throw new Damaged(`it has ${gaps} gaps, and its writer counted ${nulls}`);
    return { valid, buffers };
  }

  async #buffer(index: number): Promise<Uint8Array> {
    const [offset, length] = this.#buffers[index] as readonly [number, number];
    const { from, to } = this.#message;
    if (offset < 0 || length < 0 || from + offset + length > to) throw new Damaged('a buffer is beyond its message');
    if (length === 0) return new Uint8Array();
    const bytes = await this.#file.slice(from + offset, from + offset + length);
    if (bytes.length < length) throw new Damaged('the file became shorter while it was read');
    if (!this.#packing) return bytes;
    // Its length comes first; -1 for one that is not packed.
    const size = bytes.length < 8 ? NaN : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
    if (size === -1) return bytes.subarray(8);
    if (!(size >= 0 && size <= MOST_BUFFER)) throw new Damaged(`a buffer has ${size} bytes`);
    return unpack(this.#packing, bytes.subarray(8), size);
  }
}

/** Of a buffer, unpacked. */
const MOST_BUFFER = 2 ** 31;

/** Dictionaries by their ids, each as the pieces that it came in. */
export class Dictionaries {
  readonly #pieces = new Map<number, readonly Cells[]>();

  /** @param more whether it goes on with what is there already */
  add(id: number, cells: Cells, more: boolean): void {
    this.#pieces.set(id, more ? [...(this.#pieces.get(id) ?? []), cells] : [cells]);
  }

  /** Cells of a column whose values are in a dictionary. @throws Damaged for a position that is not in it */
  cells({ id, indexes }: Dictionary, rows: number, valid: Valid, buffers: readonly Uint8Array[]): Cells {
    const positions = positionsIn(indexes, rows, buffers);
    const pieces = this.#pieces.get(id) ?? [];
    const most = pieces.reduce((sum, { length }) => sum + length, 0);
    const wrong = positions.findIndex((position, row) => (valid ? valid[row] === 1 : true) && !(position >= 0 && position < most));
    if (wrong >= 0) throw new Damaged(`row ${wrong} of a batch is number ${positions[wrong]} of a dictionary of ${most}`);
    return {
      length: rows,
      put(at, sink) {
        if (valid && valid[at] === 0) return sink.missing();
        let position = positions[at]!;
        let piece = 0;
        while (position >= pieces[piece]!.length) position -= pieces[piece++]!.length;
        return pieces[piece]!.put(position, sink);
      },
    };
  }
}

/** Cells of a column in a batch. */
export async function cellsIn(batch: Batch, place: Place, meaning: Meaning, dictionaries: Dictionaries): Promise<Cells> {
  const { valid, buffers } = await batch.column(place);
  const { dictionary } = place.field;
  return dictionary ? dictionaries.cells(dictionary, batch.rows, valid, buffers) : meaning(batch.rows, valid, buffers);
}
