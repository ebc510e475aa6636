// Writes a table as Parquet: numbers as doubles, texts and booleans, none of which is missing. Each block of rows is a group with one
// page a column, not packed; what any reader of Parquet reads.
import { ThriftWriter } from './footer/thriftWriter.ts';

export interface WrittenColumn {
  readonly name: string;
  readonly type: 'number' | 'boolean' | 'string';
  readonly values: ArrayLike<number | boolean | string>;
}

const MAGIC = new TextEncoder().encode('PAR1');
/** Parquet's numbers of types. */
const PHYSICAL = { boolean: 0, number: 5, string: 6 } as const;
const UTF8 = 0;
const REQUIRED = 0;

interface WrittenChunk {
  readonly at: number;
  readonly bytes: number;
}

interface WrittenGroup {
  readonly rows: number;
  readonly chunks: readonly WrittenChunk[];
}

export class ParquetWriter {
  readonly #columns: readonly Pick<WrittenColumn, 'name' | 'type'>[];
  readonly #groups: WrittenGroup[] = [];
  /** Bytes so far. */
  #at = 0;

  constructor(columns: readonly Pick<WrittenColumn, 'name' | 'type'>[]) {
    this.#columns = columns.map(({ name, type }) => ({ name, type }));
  }

  /** Some rows: columns of the same names and types. */
  group(columns: readonly WrittenColumn[]): Uint8Array {
    const pieces: Uint8Array[] = this.#at === 0 ? [MAGIC] : [];
    this.#at += pieces.length * MAGIC.length;
    const rows = columns[0]!.values.length;
    const chunks = columns.map((column): WrittenChunk => {
      const values = plain(column);
      const head = pageHead(rows, values.length);
      const at = this.#at;
      pieces.push(head, values);
      this.#at += head.length + values.length;
      return { at, bytes: head.length + values.length };
    });
    this.#groups.push({ rows, chunks });
    return joined(pieces);
  }

  /** What stands behind the last group. */
  end(): Uint8Array {
    const footer = this.#footer();
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, footer.length, true);
    return joined([...(this.#at === 0 ? [MAGIC] : []), footer, length, MAGIC]);
  }

  #footer(): Uint8Array {
    const out = new ThriftWriter();
    out.int(1, 2); // version
    out.list(2, 'struct', this.#columns.length + 1);
    out.struct(() => {
      out.text(4, 'schema');
      out.int(5, this.#columns.length);
    });
    for (const { name, type } of this.#columns) {
      out.struct(() => {
        out.int(1, PHYSICAL[type]);
        out.int(3, REQUIRED);
        out.text(4, name);
        if (type === 'string') out.int(6, UTF8);
      });
    }
    out.long(
      3,
      this.#groups.reduce((sum, { rows }) => sum + rows, 0),
    );
    out.list(4, 'struct', this.#groups.length);
    for (const { rows, chunks } of this.#groups) {
      out.struct(() => {
        out.list(1, 'struct', chunks.length);
        for (const [c, { at, bytes }] of chunks.entries()) {
          const { name, type } = this.#columns[c]!;
          out.struct(() => {
            out.long(2, at);
            out.field(3, () => {
              out.int(1, PHYSICAL[type]);
              out.list(2, 'int', 2);
              out.item(0); // plain
              out.item(3); // runs, of levels that are not there
              out.list(3, 'text', 1);
              out.textItem(name);
              out.int(4, 0); // not packed
              out.long(5, rows);
              out.long(6, bytes);
              out.long(7, bytes);
              out.long(9, at);
            });
          });
        }
        out.long(
          2,
          chunks.reduce((sum, { bytes }) => sum + bytes, 0),
        );
        out.long(3, rows);
      });
    }
    out.text(6, 'pipeline-gpu');
    return out.end();
  }
}

function pageHead(rows: number, bytes: number): Uint8Array {
  const out = new ThriftWriter();
  out.int(1, 0); // a page of data
  out.int(2, bytes);
  out.int(3, bytes);
  out.field(5, () => {
    out.int(1, rows);
    out.int(2, 0);
    out.int(3, 3);
    out.int(4, 3);
  });
  return out.end();
}

function plain({ type, values }: WrittenColumn): Uint8Array {
  if (type === 'number') return new Uint8Array(Float64Array.from(values as ArrayLike<number>).buffer);
  if (type === 'boolean') {
    const bits = new Uint8Array(Math.ceil(values.length / 8));
    for (let i = 0; i < values.length; i++) if (values[i]) bits[i >> 3]! |= 1 << (i & 7);
    return bits;
  }
  const encoder = new TextEncoder();
  return joined(
    Array.from(values as ArrayLike<string>, (value) => {
      const text = encoder.encode(value);
      const bytes = new Uint8Array(4 + text.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      return bytes;
    }),
  );
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
