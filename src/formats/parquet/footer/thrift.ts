// Thrift's compact protocol, in which Parquet writes all that is not data. Whatever the bytes are, reading them ends: each step takes at
// least one of them.
import { Damaged } from '../../bytes/damaged.ts';

/** A value of a struct: numbers as such where float64 holds them, else as bigint. */
export type Value = number | bigint | boolean | Uint8Array | Struct | readonly Value[] | undefined;

/** Values of a struct by the ids of their fields. */
export type Struct = ReadonlyMap<number, Value>;

/** The bytes end before what they hold. */
export class CutOff extends Damaged {
  constructor() {
    super('it ends too early');
  }
}

const MOST_DEPTH = 32;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  /** Of the next byte. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws CutOff, Damaged */
  struct(depth = 0): Struct {
    if (depth > MOST_DEPTH) throw new Damaged('structs are nested too deeply');
    const fields = new Map<number, Value>();
    for (let id = 0; ;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return fields;
      id = head >> 4 === 0 ? Number(this.#zigzag()) : id + (head >> 4);
      fields.set(id, this.#value(type, depth, true));
    }
  }

  #value(type: number, depth: number, field: boolean): Value {
    switch (type) {
      case 1: // booleans of fields are in their type, those of lists in a byte
      case 2:
        return field ? type === 1 : this.#byte() === 1;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6: {
        const whole = this.#zigzag();
        const value = Number(whole);
        return Number.isSafeInteger(value) ? value : whole;
      }
      case 7: {
        const bytes = this.#take(8);
        return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
      }
      case 8:
        return this.#take(this.#length());
      case 9:
      case 10:
        return this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new Damaged(`type ${type} is none of Thrift's`);
    }
  }

  #list(depth: number): readonly Value[] {
    const head = this.#byte();
    const length = head >> 4 === 15 ? this.#length() : head >> 4;
    // One that is longer than all that is left is no reason to reserve memory for it.
    if (length > this.#bytes.length - this.at) throw new CutOff();
    return Array.from({ length }, () => this.#value(head & 0x0f, depth + 1, false));
  }

  #length(): number {
    const length = Number(this.#varint());
    if (length > this.#bytes.length - this.at) throw new CutOff();
    return length;
  }

  #zigzag(): bigint {
    const bits = this.#varint();
    return (bits >> 1n) ^ -(bits & 1n);
  }

  #varint(): bigint {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      // Most are short: those of seven bytes fit in a float64.
      if (i === 7) return this.#longVarint(BigInt(value), byte);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(value);
      scale *= 128;
    }
    throw new Damaged('a number has more than 64 bits');
  }

  #longVarint(low: bigint, first: number): bigint {
    let value = low | (BigInt(first & 0x7f) << 49n);
    for (let shift = 56n, byte = first; byte >= 0x80; shift += 7n) {
      if (shift > 63n) throw new Damaged('a number has more than 64 bits');
      byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
    }
    return BigInt.asUintN(64, value);
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new CutOff();
    return this.#bytes[this.at++]!;
  }

  #take(length: number): Uint8Array {
    if (this.at + length > this.#bytes.length) throw new CutOff();
    return this.#bytes.slice(this.at, (this.at += length));
  }
}

/** A whole number of a struct that is not negative. @throws Damaged */
export function wholeOf(struct: Struct, id: number, what: string): number {
  const value = struct.get(id);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Damaged(`its ${what} is ${String(value)}`);
}

/** @throws Damaged */
export function listOf(struct: Struct, id: number, what: string): readonly Value[] {
  const value = struct.get(id);
  if (Array.isArray(value)) return value as readonly Value[];
  throw new Damaged(`it has no ${what}`);
}

/** @throws Damaged */
export function structOf(value: Value, what: string): Struct {
  if (value instanceof Map) return value;
  throw new Damaged(`it has no ${what}`);
}

/** @throws Damaged */
export function textIn(value: Value, what: string): string {
  try {
    if (value instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {}
  throw new Damaged(`it has no ${what}`);
}
