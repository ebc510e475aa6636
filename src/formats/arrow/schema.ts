// The columns of Arrow data, and how many buffers of a batch each takes.
import { Damaged } from '../bytes/damaged.ts';
import { unharmed, type FlatTable } from './flatbuffer.ts';

/** Arrow's numbers of types. */
export const NULL = 1;
export const INT = 2;
export const FLOAT = 3;
export const UTF8 = 5;
export const BOOL = 6;
export const DECIMAL = 7;
export const DATE = 8;
export const TIME = 9;
export const TIMESTAMP = 10;
export const LARGE_UTF8 = 20;
export const UTF8_VIEW = 24;

/** A type of single values; what does not apply to it is 0. */
export interface Type {
  readonly id: number;
  /** Of an INT, DECIMAL or TIME. */
  readonly bits: number;
  readonly signed: boolean;
  readonly scale: number;
  /** As the type counts its units: of FLOAT its precision. */
  readonly unit: number;
}

export interface Field {
  readonly name: string;
  /** Of its values, which are in a dictionary where it has one. */
  readonly type: Type;
  readonly dictionary: Dictionary | undefined;
  readonly nodes: number;
  readonly buffers: number;
  /** Whether it has further buffers, as many as each batch says: once for itself, or for columns inside it. */
  readonly variadic: number;
}

export interface Dictionary {
  readonly id: number;
  readonly indexes: Type;
  /** Buffers of its values. */
  readonly values: Pick<Field, 'nodes' | 'buffers' | 'variadic'>;
}

/** Buffers of types, of their own; by default a bitmap and values. */
const BUFFERS: Readonly<Record<number, number>> = { 1: 0, 4: 3, 5: 3, 13: 1, 16: 1, 19: 3, 20: 3, 22: 0, 25: 3, 26: 3 };
const UNION = 14;
const VIEWS: readonly number[] = [23, 24];
/** More than any table has: what points to itself has no end. */
const MOST_FIELDS = 100_000;
const MOST_DEPTH = 64;

/** @throws Damaged */
export function schemaOf(schema: FlatTable): readonly Field[] {
  let fields = 0;
  const fieldOf = (field: FlatTable, depth: number): Field => {
    if (++fields > MOST_FIELDS || depth > MOST_DEPTH) throw new Damaged('its schema has no end');
    const id = field.int8(2, 0);
    const type = typeOf(id, field.table(3));
    const encoding = field.table(4);
    const name = field.text(0);
    const inner = field.tables(5).map((child) => fieldOf(child, depth + 1));
    const sum = (of: 'nodes' | 'buffers' | 'variadic'): number => inner.reduce((sum, one) => sum + one[of], 0);
    const own = id === UNION ? 1 + type.unit : (BUFFERS[id] ?? 2);
    const values = { nodes: 1 + sum('nodes'), buffers: own + sum('buffers'), variadic: (VIEWS.includes(id) ? 1 : 0) + sum('variadic') };
    if (!encoding) return { name, type, dictionary: undefined, ...values };
    const indexes = encoding.table(1);
    const positions = indexes ? typeOf(INT, indexes) : { ...typeOf(INT, undefined), bits: 32, signed: true };
    return { name, type, dictionary: { id: encoding.int64(0), indexes: positions, values }, nodes: 1, buffers: 2, variadic: 0 };
  };
  return unharmed(() => {
    if (schema.int16(0, 0) !== 0) throw new Damaged('its numbers are big-endian');
    return schema.tables(1).map((field) => fieldOf(field, 0));
  });
}

function typeOf(id: number, type: FlatTable | undefined): Type {
  const none = { id, bits: 0, signed: false, scale: 0, unit: 0 };
  switch (id) {
    case INT:
      return { ...none, bits: type?.int32(0, 0) ?? 0, signed: (type?.int8(1, 0) ?? 0) !== 0 };
    case DECIMAL:
      return { ...none, bits: type?.int32(2, 128) ?? 128, scale: type?.int32(1, 0) ?? 0 };
    case DATE:
      return { ...none, unit: type?.int16(0, 1) ?? 1 };
    case TIME:
      return { ...none, unit: type?.int16(0, 1) ?? 1, bits: type?.int32(1, 32) ?? 32 };
    default:
      return { ...none, unit: type?.int16(0, 0) ?? 0 };
  }
}
