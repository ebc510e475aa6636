// The wire format of Protocol Buffers: fields with a number, each a varint, four or eight bytes, or bytes with their length.
// ONNX needs nine messages of it; a library for all of them would weigh more in a page than the interpreter of graphs.

/** One field as it stands in the bytes. */
export interface Field {
  readonly number: number;
  /** A varint, if that is what it is. */
  readonly int: number;
  /** Anything else; empty for a varint. */
  readonly bytes: Uint8Array;
}

export class WireError extends Error {}

/** What is well formed, and not among what graphs here can say. */
export class OutsideError extends Error {
  readonly cure: string;
  constructor(what: string, cure: string) {
    super(what);
    this.cure = cure;
  }
}

const NO_BYTES = new Uint8Array();

/** The fields of a message, in order. @throws WireError for bytes that are cut off or no message */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const at = { place: 0 };
  while (at.place < bytes.length) {
    const tag = varint(bytes, at);
    const number = Math.floor(tag / 8);
    if (number === 0 || number > 0x1fffffff) throw new WireError('a field has no number');
    const take = (length: number): Uint8Array => {
      if (length < 0 || length > bytes.length - at.place) throw new WireError(`a field of ${length} bytes has ${bytes.length - at.place} left`);
      return bytes.subarray(at.place, (at.place += length));
    };
    switch (tag % 8) {
      case 0:
        yield { number, int: varint(bytes, at), bytes: NO_BYTES };
        break;
      case 1:
        yield { number, int: 0, bytes: take(8) };
        break;
      case 2:
        yield { number, int: 0, bytes: take(varint(bytes, at)) };
        break;
      case 5:
        yield { number, int: 0, bytes: take(4) };
        break;
      default:
        throw new WireError(`a field is of the unknown kind ${tag % 8}`);
    }
  }
}

/** A signed whole number of 64 bits. */
function varint(bytes: Uint8Array, at: { place: number }): number {
  let [low, high, shift] = [0, 0, 0];
  for (; shift < 70; shift += 7) {
    const byte = bytes[at.place++];
    if (byte === undefined) throw new WireError('a number is cut off');
    if (shift < 28) low += (byte & 0x7f) * 2 ** shift;
    else high += (byte & 0x7f) * 2 ** (shift - 28);
    if (byte < 0x80) break;
  }
  if (shift >= 70) throw new WireError('a number has more than ten bytes');
  // Negative numbers have all of ten bytes: 36 bits beyond the lowest 28.
  const value = (high >= 2 ** 35 ? high - 2 ** 36 : high) * 2 ** 28 + low;
  return Number.isSafeInteger(value) ? value : large(BigInt.asIntN(64, (BigInt(high) << 28n) + BigInt(low)));
}

/** A whole number of 64 bits. One beyond 2^53 is kept if it stands for "as far as there is", as 2^63 - 1 does. */
export function large(value: bigint): number {
  const near = Number(value);
  if (!Number.isSafeInteger(near) && Math.abs(near) < 2 ** 62)
    throw new OutsideError(`the whole number ${value} is beyond what JavaScript counts exactly`, 'Export the model with numbers or names of fewer digits.');
  return near;
}

/** Whole numbers of a repeated field, alone or packed. */
export function intsOf({ bytes, int }: Field): readonly number[] {
  if (bytes === NO_BYTES) return [int];
  const list: number[] = [];
  const at = { place: 0 };
  while (at.place < bytes.length) list.push(varint(bytes, at));
  return list;
}

export function floatsOf({ bytes }: Field): readonly number[] {
  return Array.from({ length: whole(bytes, 4) }, (_, i) => view(bytes).getFloat32(4 * i, true));
}

export function doublesOf({ bytes }: Field): readonly number[] {
  return Array.from({ length: whole(bytes, 8) }, (_, i) => view(bytes).getFloat64(8 * i, true));
}

function whole(bytes: Uint8Array, size: number): number {
  if (bytes.length % size !== 0) throw new WireError(`${bytes.length} bytes are no numbers of ${size} bytes`);
  return bytes.length / size;
}

export const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WireError('a text is not UTF-8');
  }
}

/** Puts a message together; messages within it are written first. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  bytes(number: number, bytes: Uint8Array): this {
    this.#parts.push(varintBytes(number * 8 + 2), varintBytes(bytes.length), bytes);
    return this;
  }

  text(number: number, text: string): this {
    return this.bytes(number, new TextEncoder().encode(text));
  }

  message(number: number, message: Message): this {
    return this.bytes(number, message.done());
  }

  int(number: number, value: number): this {
    this.#parts.push(varintBytes(number * 8), varintBytes(value));
    return this;
  }

  float(number: number, value: number): this {
    this.#parts.push(varintBytes(number * 8 + 5), floatBytes([value]));
    return this;
  }

  ints(number: number, list: readonly number[]): this {
    return this.bytes(number, joined(list.map(varintBytes)));
  }

  floats(number: number, list: readonly number[]): this {
    return this.bytes(number, floatBytes(list));
  }

  done(): Uint8Array<ArrayBuffer> {
    return joined(this.#parts);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function floatBytes(list: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * list.length);
  list.forEach((value, i) => view(bytes).setFloat32(4 * i, value, true));
  return bytes;
}

function varintBytes(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
