// Cells of one column of a query, by the type that DuckDB gives it.
import type { QueryType, QueryVector } from '../../core/queries.ts';
import type { CellSink } from '../format.ts';
import {
  booleanCells,
  clockCells,
  dayCells,
  decimalCells,
  noCells,
  numberCells,
  putWhole,
  textCells,
  timestampCells,
  wholeCells,
  type Cells,
  type Valid,
} from '../columnar/cells.ts';

/** Makes cells of the next rows. */
export type Meaning = (vector: QueryVector, length: number) => Cells;

/** DuckDB's numbers of types. */
const BOOLEAN = 1;
const NUMBERS: readonly number[] = [2, 3, 4, 6, 7, 8, 10, 11]; // of 32 bits at most, or floats
const BIGINT = 5;
const UBIGINT = 9;
const LONGER: readonly number[] = [16, 32, 35]; // HUGEINT, UHUGEINT, BIGNUM
const DATE = 13;
const TIME = 14;
const VARCHAR = 17;
const BLOB = 18;
const DECIMAL = 19;
const ENUM = 23;
const UUID = 27;
const NULL = 36;
const NESTED: readonly number[] = [24, 25, 26, 28, 33]; // LIST, STRUCT, MAP, UNION, ARRAY
/** Of moments: what DuckDB's values call their count since 1970, and how many make a second. */
const MOMENTS: Readonly<Record<number, readonly [count: string, perSecond: number]>> = {
  12: ['micros', 1e6],
  20: ['seconds', 1],
  21: ['millis', 1e3],
  22: ['nanos', 1e9],
  31: ['micros', 1e6], // with a zone: of UTC
};

export function isNested({ typeId }: QueryType): boolean {
  return NESTED.includes(typeId);
}

/** All names of a column, in the database's order; undefined where it has none. An empty one is no value. */
export function namesOf({ typeId, values }: QueryType): readonly string[] | undefined {
  return typeId === ENUM ? values?.filter((name) => name !== '') : undefined;
}

/** @returns undefined for what no column of a schema is @param sink where the cells go: some have use for bytes */
export function meaningOf({ typeId, scale = 0 }: QueryType, sink: CellSink): Meaning | undefined {
  if (NUMBERS.includes(typeId))
    return (vector, length) =>
      numberCells(
        Float64Array.from({ length }, (_, at) => Number(vector.getItem(at) ?? NaN)),
        undefined,
      );
  if (LONGER.includes(typeId)) return wholes;
  const moment = MOMENTS[typeId];
  if (moment) {
    const [count, perSecond] = moment;
    return (vector, length) =>
      timestampCells(
        words(vector, length, (item) => (item as Record<string, bigint>)[count]!),
        perSecond,
        validOf(vector, length),
      );
  }
  switch (typeId) {
    case BOOLEAN:
      return (vector, length) =>
        booleanCells(
          Uint8Array.from({ length }, (_, at) => Number(vector.getItem(at))),
          validOf(vector, length),
        );
    case BIGINT:
    case UBIGINT:
      return (vector, length) =>
        wholeCells(
          words(vector, length, (item) => item as bigint),
          typeId === BIGINT,
          validOf(vector, length),
        );
    case DECIMAL:
      return (vector, length) => decimalCells(length, validOf(vector, length), scale, (at) => (vector.getItem(at) as { readonly value: bigint }).value);
    case DATE:
      return (vector, length) =>
        dayCells(
          Int32Array.from({ length }, (_, at) => (vector.getItem(at) as { readonly days: number } | null)?.days ?? 0),
          validOf(vector, length),
        );
    case TIME:
      return (vector, length) => clockCells(length, validOf(vector, length), 1e6, (at) => (vector.getItem(at) as { readonly micros: bigint }).micros);
    case VARCHAR:
    case ENUM:
    case UUID:
      return (vector, length) => textCells(length, validOf(vector, length), (at) => String(vector.getItem(at)));
    case BLOB:
      return sink.bytes ? blobs : undefined;
    case NULL:
      return (_vector, length) => noCells(length);
    default:
      return undefined;
  }
}

function validOf(vector: QueryVector, length: number): Valid {
  return Uint8Array.from({ length }, (_, at) => (vector.getItem(at) === null ? 0 : 1));
}

/** Whole numbers of 64 bits as their halves, `[2 * length]`. */
function words(vector: QueryVector, length: number, whole: (item: unknown) => bigint): Int32Array {
  const out = new BigInt64Array(length);
  for (let at = 0; at < length; at++) {
    const item = vector.getItem(at);
    if (item !== null) out[at] = whole(item); // of those without a sign the same bits
  }
  return new Int32Array(out.buffer);
}

/** Whole numbers of any length. */
const wholes: Meaning = (vector, length) => ({
  length,
  put(at, sink) {
    const whole = vector.getItem(at);
    return whole === null ? sink.missing() : putWhole(whole as bigint, sink);
  },
});

/** Bytes, for who asks for them. */
const blobs: Meaning = (vector, length) => ({
  length,
  put(at, sink) {
    const blob = vector.getItem(at) as { readonly bytes: Uint8Array } | null;
    return blob === null ? sink.missing() : sink.bytes!(blob.bytes);
  },
});
