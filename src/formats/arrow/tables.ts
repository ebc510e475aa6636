// Arrow tables of other libraries, by what they have in common: a schema, and values one by one. Which library it is does not matter.
import { numberCells, decimalCells, putWhole, timeText, type Cells } from '../columnar/cells.ts';
import { opened, Rows, takesColumn } from '../columnar/rows.ts';
import type { CellSink, Misfit, RowSink, TableReadOptions } from '../format.ts';
import { BOOL, DATE, DECIMAL, FLOAT, INT, LARGE_UTF8, NULL, TIMESTAMP, UTF8, UTF8_VIEW } from './schema.ts';

/** The type of a column, with Arrow's number for it. */
export interface ArrowType {
  readonly typeId: number;
  /** Type of the values of a dictionary. */
  readonly dictionary?: unknown;
  readonly scale?: number;
}

/** A table in memory, such as apache-arrow's. */
export interface ArrowTable {
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: ArrowType }[] };
  readonly numRows: number;
  /** The values of a column. */
  getChildAt(index: number): { at(row: number): unknown } | null;
}

export function isArrowTable(source: unknown): source is ArrowTable {
  const { schema, getChildAt } = (source ?? {}) as Partial<ArrowTable>;
  return Array.isArray(schema?.fields) && typeof getChildAt === 'function';
}

/** Rows between two looks at the signal. */
const ROWS = 65_536;
const IN_DICTIONARY = -1;

/** @param name for messages */
export function readTable(name: string, table: ArrowTable, { signal }: TableReadOptions, open: (columns: readonly string[], about: number) => RowSink): void {
  const { fields } = table.schema;
  const sink = open(
    fields.map((field) => field.name),
    table.numRows,
  );
  const columns = fields.flatMap((field, i) => {
    const own = sink.cells[i];
    if (!own) return [];
    const put = putOf(field.type);
    if (!takesColumn(name, field.name, own, put, NESTED.includes(field.type.typeId), `number ${field.type.typeId} of Arrow's types`)) return [];
    const column = { ...opened(field.name, own) };
    const values = table.getChildAt(i);
    column.cells = { length: table.numRows, put: (at, to) => put(values?.at(at), to) };
    return [column];
  });
  const out = new Rows(name, sink);
  for (let left = table.numRows; left > 0; left -= ROWS) {
    signal?.throwIfAborted();
    out.put(columns, Math.min(left, ROWS));
  }
}

const NESTED: readonly number[] = [12, 13, 14, 16, 17, 21, 25, 26];

type Put = (value: unknown, sink: CellSink) => Misfit | undefined;

/** @returns undefined for what no column of a schema is */
function putOf({ typeId, dictionary, scale = 0 }: ArrowType): Put | undefined {
  switch (typeId) {
    case IN_DICTIONARY:
      return typeof dictionary === 'object' && dictionary !== null ? putOf(dictionary as ArrowType) : undefined;
    case NULL:
      return (_value, sink) => sink.missing();
    case INT:
    case FLOAT:
      return gapOr(putNumber);
    case DECIMAL:
      return gapOr((value, sink) =>
        ArrayBuffer.isView(value)
          ? one(
              decimalCells(1, undefined, scale, () => littleEndian(value)),
              sink,
            )
          : putNumber(value, sink),
      );
    case BOOL:
      return gapOr((value, sink) => sink.text(String(value)));
    case UTF8:
    case LARGE_UTF8:
    case UTF8_VIEW:
      return gapOr((value, sink) => (value === '' ? sink.missing() : sink.text(String(value))));
    case DATE:
    case TIMESTAMP:
      return gapOr((value, sink) => putMoment(Number(value), typeId === DATE, sink));
    default:
      return undefined;
  }
}

function gapOr(put: Put): Put {
  return (value, sink) => (value === null || value === undefined ? sink.missing() : put(value, sink));
}

function putNumber(value: unknown, sink: CellSink): Misfit | undefined {
  if (typeof value === 'bigint') return putWhole(value, sink);
  return one(numberCells(Float64Array.of(Number(value)), undefined), sink);
}

function one(cells: Cells, sink: CellSink): Misfit | undefined {
  return cells.put(0, sink);
}

/** @param milliseconds since 1970, to which libraries turn all moments */
function putMoment(milliseconds: number, day: boolean, sink: CellSink): Misfit | undefined {
  if (!(Math.abs(milliseconds) <= 8.64e15)) return { wrong: 'is a moment beyond all dates', cure: 'Correct it.' };
  if (sink.moment) return sink.moment(milliseconds);
  const text = timeText(BigInt(Math.round(milliseconds * 1000)), 1e6);
  return sink.text(day ? text.replace('T00:00:00', '') : text);
}

/** A decimal as its words of 32 bits. */
function littleEndian(value: ArrayBufferView): bigint {
  const words = new Uint32Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
  const whole = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(8 * value.byteLength, whole);
}
