// Arrow: batches of rows, each column in buffers of its own; in a file, as a stream of messages, or as a table of a library.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Slices } from '../../core/files.ts';
import { COPY, Damaged } from '../bytes/damaged.ts';
import { placeOf, type FileLike } from '../bytes/open.ts';
import { isGzip, openSlices, otherKind } from '../bytes/slices.ts';
import { opened, Rows, takesColumn, type OpenColumn } from '../columnar/rows.ts';
import type { RowSink, TableFile, TableReadOptions } from '../format.ts';
import { Batch, BATCH, cellsIn, Dictionaries, DICTIONARY, messagesIn, messagesOf, placesOf, SCHEMA, type Message, type Place } from './batches.ts';
import { meaningOf, type Meaning } from './columns.ts';
import { unharmed } from './flatbuffer.ts';
import { schemaOf, type Field } from './schema.ts';
import { isArrowTable, readTable, type ArrowTable } from './tables.ts';

/**
 * Arrow data: an IPC file (Feather), an IPC stream, their bytes, or a table of a library such as apache-arrow, whose values are read
 * one by one. Numbers, decimals, booleans, texts, dictionaries, dates and timestamps are read; a column of lists or structs cannot be
 * read, but others beside it can. Only the columns that a schema names are read, a batch at a time.
 *
 * A null, an empty text and NaN are cells without a value. A whole number beyond 2^53 that float64 would round does not count as a
 * number. Timestamps without a zone are UTC.
 *
 * @param source path relative to the source file that names it, a URL, bytes, in a page a `File`, or a table
 * @throws when it is read: E_FETCH, or E_DATA naming row, column and value, or what is damaged
 * @example
 * table(arrow('flights.arrow'), { distance: number(), time: number(), delay: value() });
 */
export function arrow(source: FileLike | ArrowTable): TableFile {
  const params = { format: 'arrow' };
  if (isArrowTable(source)) return { name: 'arrow table', params, read: async (options, open) => readTable('arrow table', source, options, open) };
  const place = placeOf('arrow', source);
  const { name } = place;
  return {
    name,
    params,
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const file = await openSlices(place, options);
      try {
        await new Reader(name, file, open).read(options);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        throw new PipelineError('E_DATA', `${name} is damaged: ${error.message}.`, { hint: COPY, cause: error });
      } finally {
        await file.close();
      }
    },
  };
}

const MAGIC = 'ARROW1';

/** @throws E_DATA for what is no Arrow data, or is cut off */
async function messages(name: string, file: Slices): Promise<AsyncGenerator<Message, void>> {
  if (file.size === 0) throw new PipelineError('E_DATA', `${name} is empty.`, { hint: 'Name Arrow data that has rows.' });
  const head = await file.slice(0, 8);
  const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  if (textOf(head).startsWith(MAGIC)) {
    const end = file.size - MAGIC.length;
    if (end >= 12 && textOf(await file.slice(end, file.size)) === MAGIC) return messagesIn(file, end);
    throw new PipelineError('E_DATA', `${name} is an Arrow file that is cut off: it does not end with ${MAGIC}.`, { hint: COPY });
  }
  const first = head.length < 8 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  if (first === 0xffffffff || (first > 0 && first <= file.size - 4)) return messagesOf(file);
  const hint = isGzip(head)
    ? 'Unpack it: Arrow packs its buffers itself.'
    : textOf(head).startsWith('FEA1')
      ? 'It is Feather of version 1: write it as version 2.'
      : 'Name a file or stream of Arrow IPC; read others with csv, jsonLines or parquet.';
  throw otherKind(name, head, 'Arrow data', hint);
}

interface Wanted {
  readonly place: Place;
  readonly meaning: Meaning;
  readonly open: OpenColumn;
}

class Reader {
  readonly #name: string;
  readonly #file: Slices;
  readonly #open: (columns: readonly string[], about: undefined) => RowSink;
  readonly #dictionaries = new Dictionaries();
  #wanted: readonly Wanted[] = [];
  #out: Rows | undefined;

  constructor(name: string, file: Slices, open: (columns: readonly string[], about: undefined) => RowSink) {
    this.#name = name;
    this.#file = file;
    this.#open = open;
  }

  async read({ signal, onProgress }: TableReadOptions): Promise<void> {
    for await (const message of await messages(this.#name, this.#file)) {
      signal?.throwIfAborted();
      if (message.kind === SCHEMA && !this.#out) this.#schema(schemaOf(message.header));
      else if (message.kind === DICTIONARY && this.#out) await this.#dictionary(message);
      else if (message.kind === BATCH && this.#out) await this.#batch(message, this.#out);
      else throw new Damaged(this.#out ? `a message is of kind ${message.kind}` : 'it does not begin with its schema');
      onProgress?.({ task: 'read', done: message.to, total: this.#file.size, note: this.#name });
    }
    if (!this.#out) throw new Damaged('it has no schema');
  }

  #schema(fields: readonly Field[]): void {
    const sink = this.#open(
      fields.map(({ name }) => name),
      undefined,
    );
    this.#out = new Rows(this.#name, sink);
    this.#wanted = placesOf(fields).flatMap((place, i): Wanted[] => {
      const cells = sink.cells[i];
      if (!cells) return [];
      const { name, type, nodes } = place.field;
      const meaning = meaningOf(type);
      if (!takesColumn(this.#name, name, cells, meaning, nodes > 1, `number ${type.id} of Arrow's types`)) return [];
      return [{ place, meaning, open: opened(name, cells) }];
    });
  }

  async #dictionary({ header, from, to }: Message): Promise<void> {
    const { id, data, more } = unharmed(() => ({ id: header.int64(0), data: header.table(1), more: header.int8(2, 0) !== 0 }));
    const owner = this.#wanted.find(({ place }) => place.field.dictionary?.id === id);
    if (!owner) return;
    if (!data) throw new Damaged('a dictionary has no values');
    const { field } = owner.place;
    // Values stand in a batch of one column.
    const place = { field: { ...field, ...field.dictionary!.values, dictionary: undefined }, node: 0, buffer: 0, variadic: 0 };
    const cells = await this.#named(owner, () => cellsIn(new Batch(this.#file, data, { from, to }), place, owner.meaning, this.#dictionaries));
    this.#dictionaries.add(id, cells, more);
  }

  async #batch(message: Message, out: Rows): Promise<void> {
    const batch = new Batch(this.#file, message.header, message);
    for (const wanted of this.#wanted) {
      const { place, meaning, open } = wanted;
      open.cells = await this.#named(wanted, () => cellsIn(batch, place, meaning, this.#dictionaries));
      open.at = 0;
    }
    out.put(
      this.#wanted.map(({ open }) => open),
      batch.rows,
    );
  }

  /** Says which column is damaged. */
  async #named<T>({ open }: Wanted, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw error instanceof Damaged ? new Damaged(`column '${open.name}', from row ${this.#out!.count} on: ${error.message}`) : error;
    }
  }
}
