// Cuts bytes of separated text into rows of fields, as in RFC 4180: a quoted field may hold separators, line ends and doubled quotes.
// Nothing is decoded, and only what one piece of the file leaves unfinished is copied: most fields are numbers, which are read in
// place. Separator and quote are single bytes below 128, which UTF-8 uses for nothing else.
import { PipelineError } from '../../core/errors/errors.ts';

const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a row; a quote that is never closed would take the rest of the file into memory. */
const MOST_ROW_BYTES = 1 << 28;

/** The fields of one row: field i is `bytes[starts[i]]` to `bytes[ends[i]]`, without its quotes. Reused from row to row. */
export interface RowFields {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  count: number;
  /** Of the row's first byte, from 1. */
  line: number;
}

export interface DelimitedOptions {
  /** Of the file, for messages. */
  readonly name: string;
  readonly separator: number;
  readonly quote: number;
  /** Takes a row with at least one byte. */
  readonly row: (fields: RowFields) => void;
  /** Takes a line without any. */
  readonly blank: (line: number) => void;
}

export class Delimited {
  readonly #options: DelimitedOptions;
  readonly #fields: RowFields = { bytes: new Uint8Array(1 << 16), starts: new Uint32Array(64), ends: new Uint32Array(64), count: 0, line: 1 };
  /** Fields with doubled quotes inside, of the row being read. */
  #doubled: number[] = [];
  /** What is to be read: bytes `#from` to `#to` of the buffer. */
  #from = 0;
  #to = 0;
  /** Bytes that there must be before an unfinished row is looked at anew, so that long rows are not read again and again. */
  #enough = 0;
  #line = 1;

  constructor(options: DelimitedOptions) {
    this.#options = options;
  }

  push(piece: Uint8Array): void {
    this.#append(piece);
    if (this.#to - this.#from >= this.#enough) this.#rows(false);
  }

  end(): void {
    this.#rows(true);
  }

  #append(piece: Uint8Array): void {
    const { bytes } = this.#fields;
    const left = this.#to - this.#from;
    if (this.#to + piece.length <= bytes.length) bytes.set(piece, this.#to);
    else {
      const target = left + piece.length <= bytes.length ? bytes : new Uint8Array(2 ** Math.ceil(Math.log2(left + piece.length)));
      target.set(bytes.subarray(this.#from, this.#to));
      target.set(piece, left);
      this.#fields.bytes = target;
      this.#from = 0;
      this.#to = left;
    }
    this.#to += piece.length;
  }

  /** Passes on every complete row. */
  #rows(last: boolean): void {
    while (this.#from < this.#to) {
      const after = this.#row(last);
      if (after < 0) {
        const size = this.#to - this.#from;
        if (size > MOST_ROW_BYTES) throw this.#broken(`is longer than ${MOST_ROW_BYTES} bytes`, 'Look for a quote in it that is never closed.');
        this.#enough = 2 * size;
        return;
      }
      this.#from = after;
    }
    this.#enough = 0;
  }

  /** Reads a row. @returns where the next begins; -1 where its end is not there yet */
  #row(last: boolean): number {
    const { row, blank, separator, quote } = this.#options;
    const fields = this.#fields;
    const { bytes } = fields;
    const to = this.#to;
    let { starts, ends } = fields;
    let at = this.#from;
    let count = 0;
    let lines = 0;
    if (this.#doubled.length > 0) this.#doubled = [];
    for (;;) {
      if (count === starts.length) {
        fields.starts = starts = grown(starts);
        fields.ends = ends = grown(ends);
      }
      if (at < to && bytes[at] === quote) {
        const begin = ++at;
        let doubled = false;
        for (; at < to; at++) {
          const byte = bytes[at];
          if (byte === LF) lines++;
          else if (byte === quote) {
            if (at + 1 < to && bytes[at + 1] === quote) {
              doubled = true;
              at++;
            } else break;
          }
        }
        // A quote at the very end may be the first of two.
        if (at >= to - 1 && !last) return -1;
        if (at >= to) throw this.#broken('has a quote that is never closed', `Close it, or double it where it is meant: ${'"'.repeat(2)}.`);
        starts[count] = begin;
        ends[count] = at;
        if (doubled) this.#doubled.push(count);
        at++;
        if (at < to && bytes[at] !== separator && bytes[at] !== LF && bytes[at] !== CR) {
          const text = new TextDecoder().decode(bytes.subarray(begin - 1, Math.min(to, at + 8)));
          throw this.#broken(`has text behind a closing quote: ${text}`, 'Put the whole field between quotes, and double quotes inside it.');
        }
      } else {
        starts[count] = at;
        while (at < to) {
          const byte = bytes[at]!;
          if (byte === separator || byte === LF || byte === CR) break;
          at++;
        }
        ends[count] = at;
      }
      count++;
      if (at < to && bytes[at] === separator) {
        at++;
        continue;
      }
      if (at >= to) {
        if (!last) return -1;
      } else if (bytes[at] === CR) {
        // Its line feed may be in the next piece.
        if (at + 1 >= to && !last) return -1;
        at += at + 1 < to && bytes[at + 1] === LF ? 2 : 1;
      } else at++;
      break;
    }
    fields.line = this.#line;
    fields.count = count;
    this.#line += lines + 1;
    if (count === 1 && starts[0] === ends[0] && bytes[this.#from] !== quote) blank(fields.line);
    else {
      for (const field of this.#doubled) this.#halve(field);
      row(fields);
    }
    return at;
  }

  /** Halves doubled quotes. */
  #halve(field: number): void {
    const { bytes, starts, ends } = this.#fields;
    let out = starts[field]!;
    for (let at = out; at < ends[field]!; at++) {
      const byte = bytes[at]!;
      bytes[out++] = byte;
      if (byte === this.#options.quote) at++;
    }
    ends[field] = out;
  }

  #broken(what: string, hint: string): PipelineError {
    return new PipelineError('E_DATA', `${this.#options.name}, line ${this.#line}: the row that begins there ${what}.`, { hint });
  }
}

function grown(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * values.length);
  more.set(values);
  return more;
}
