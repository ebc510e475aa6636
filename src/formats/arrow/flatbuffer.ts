// Tables of FlatBuffers, in which Arrow writes all that is not data: fields are found by offsets, and any offset may be wrong.
import { Damaged } from '../bytes/damaged.ts';

export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;

  /** @throws RangeError for an offset beyond the bytes, as all that reads it does: see {@link unharmed} */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#fields = at - view.getInt32(at, true);
  }

  /** Where a field is; 0 if it has its default. */
  #field(index: number): number {
    const slot = 4 + 2 * index;
    if (slot + 2 > this.#view.getUint16(this.#fields, true)) return 0;
    const offset = this.#view.getUint16(this.#fields + slot, true);
    return offset === 0 ? 0 : this.#at + offset;
  }

  int8(index: number, otherwise: number): number {
    const at = this.#field(index);
    return at === 0 ? otherwise : this.#view.getInt8(at);
  }

  int16(index: number, otherwise: number): number {
    const at = this.#field(index);
    return at === 0 ? otherwise : this.#view.getInt16(at, true);
  }

  int32(index: number, otherwise: number): number {
    const at = this.#field(index);
    return at === 0 ? otherwise : this.#view.getInt32(at, true);
  }

  /** A whole number that float64 holds. */
  int64(index: number): number {
    const at = this.#field(index);
    return at === 0 ? 0 : safe(this.#view.getBigInt64(at, true));
  }

  table(index: number): FlatTable | undefined {
    const at = this.#field(index);
    return at === 0 ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  text(index: number): string {
    const [at, length] = this.#vector(index, 1);
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }

  tables(index: number): readonly FlatTable[] {
    const [at, length] = this.#vector(index, 4);
    return Array.from({ length }, (_, i) => new FlatTable(this.#view, at + 4 * i + this.#view.getUint32(at + 4 * i, true)));
  }

  /** Structs of whole numbers, one after the other. @param each numbers in one */
  wholes(index: number, each: number): readonly (readonly number[])[] {
    const [at, length] = this.#vector(index, 8 * each);
    return Array.from({ length }, (_, i) => Array.from({ length: each }, (_, j) => safe(this.#view.getBigInt64(at + 8 * (i * each + j), true))));
  }

  #vector(index: number, bytesEach: number): readonly [at: number, length: number] {
    const field = this.#field(index);
    if (field === 0) return [0, 0];
    const at = field + this.#view.getUint32(field, true);
    const length = this.#view.getUint32(at, true);
    // A length that is wrong is no reason to reserve memory for it.
    if (length * bytesEach > this.#view.byteLength - at - 4) throw new Damaged('its metadata ends too early');
    return [at + 4, length];
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Damaged(`its metadata has the number ${value}`);
  return number;
}

/** The table that bytes hold. */
export function rootOf(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return unharmed(() => new FlatTable(view, view.getUint32(0, true)));
}

/** @throws Damaged where `read` goes beyond the bytes */
export function unharmed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Damaged('its metadata points beyond itself');
    throw error;
  }
}
