// What the values of a column mean, and their cells. The file says it in two ways, an old and a new one; the new one counts.
import { Damaged } from '../bytes/damaged.ts';
import { Texts } from '../bytes/texts.ts';
import {
  booleanCells,
  clockCells,
  dayCells,
  decimalCells,
  halves,
  momentCells,
  noCells,
  numberCells,
  textCells,
  timestampCells,
  timeText,
  wholeAt,
  wholeCells,
  type Cells,
  type Valid,
} from '../columnar/cells.ts';
import type { Leaf } from './footer/footer.ts';
import type { Struct } from './footer/thrift.ts';
import type { Fixed, Pieces, Values } from './values.ts';

/** Makes cells of values that have been brought in line with rows. @param codes positions in a dictionary, of texts */
export type Meaning = (values: Values, valid: Valid, codes: Int32Array | undefined) => Cells;

const CURE_TEXT = 'Write the column as text in UTF-8; bytes of another kind are no names.';

/** @returns undefined for what no column of a schema is */
export function meaningOf(leaf: Leaf): Meaning | undefined {
  const [id, fields] = logicalOf(leaf);
  if (id === 11)
    return (values, valid, codes) => noCells(valid?.length ?? codes?.length ?? (values.kind === 'fixed' ? values.data.length : values.starts.length));
  if (id === 5) return decimals(leaf, Number(fields.get(1) ?? leaf.scale));
  switch (leaf.physical) {
    case 'BOOLEAN':
      return (values, valid) => booleanCells(fixed(values).data as Uint8Array, valid);
    case 'FLOAT':
    case 'DOUBLE':
      return (values, valid) => numberCells(fixed(values).data as Float32Array | Float64Array, valid);
    case 'INT32':
      return words32(id, fields);
    case 'INT64':
      return words64(id, fields);
    case 'INT96':
      return id === 0 ? moments96 : undefined;
    case 'BYTE_ARRAY':
      return id === 0 ? bytesOrTexts() : id === 1 || id === 4 || id === 12 ? texts() : undefined;
    case 'FIXED_LEN_BYTE_ARRAY':
      return ofBytes(id, leaf.width);
  }
}

/** Parquet's numbers of logical types, in place of those of converted ones; 0 for none. */
const CONVERTED: Readonly<Record<number, readonly [id: number, ...fields: (readonly [number, number | boolean | Struct])[]]>> = {
  0: [1],
  4: [4],
  5: [5],
  6: [6],
  7: [7, [2, new Map([[1, true]])]],
  8: [7, [2, new Map([[2, true]])]],
  9: [8, [2, new Map([[1, true]])]],
  10: [8, [2, new Map([[2, true]])]],
  11: [10, [2, false]],
  12: [10, [2, false]],
  13: [10, [2, false]],
  14: [10, [2, false]],
  15: [10, [2, true]],
  16: [10, [2, true]],
  17: [10, [2, true]],
  18: [10, [2, true]],
  19: [12],
};

function logicalOf({ logical, converted }: Leaf): readonly [id: number, fields: Struct] {
  if (logical) return logical;
  if (converted === undefined) return [0, new Map()];
  const [id, ...fields] = CONVERTED[converted] ?? [-1];
  return [id, new Map(fields)];
}

function perSecond(fields: Struct): number | undefined {
  const unit = fields.get(2);
  return unit instanceof Map ? [1e3, 1e6, 1e9][Number([...unit.keys()][0]) - 1] : undefined;
}

function words32(id: number, fields: Struct): Meaning | undefined {
  const words = (values: Values): Int32Array => fixed(values).data as Int32Array;
  if (id === 0) return (values, valid) => numberCells(words(values), valid);
  if (id === 6) return (values, valid) => dayCells(words(values), valid);
  if (id === 10) return (values, valid) => numberCells(fields.get(2) === false ? new Uint32Array(words(values).buffer) : words(values), valid);
  if (id !== 7) return undefined;
  return (values, valid) => {
    const own = words(values);
    return clockCells(own.length, valid, 1000, (at) => BigInt(own[at]!));
  };
}

function words64(id: number, fields: Struct): Meaning | undefined {
  const words = (values: Values): Int32Array => fixed(values).data as Int32Array;
  if (id === 0 || id === 10) return (values, valid) => wholeCells(words(values), fields.get(2) !== false, valid);
  const unit = perSecond(fields);
  if (unit === undefined) return undefined;
  if (id === 8) return (values, valid) => timestampCells(words(values), unit, valid);
  if (id !== 7) return undefined;
  return (values, valid) => {
    const own = words(values);
    return clockCells(own.length / 2, valid, unit, (at) => wholeAt(own, at));
  };
}

/** Days are counted from 4713 BC; the first of 1970 is this one. */
const DAY_1970 = 2_440_588;

/** Nanoseconds of a day, and the day: how Impala and Spark wrote moments. */
function moments96(values: Values, valid: Valid): Cells {
  const { data } = fixed(values);
  const nanoseconds = (at: number): number => data[3 * at + 1]! * 2 ** 32 + (data[3 * at]! >>> 0);
  const days = (at: number): number => data[3 * at + 2]! - DAY_1970;
  return momentCells(
    data.length / 3,
    valid,
    (at) => days(at) * 86_400_000 + nanoseconds(at) / 1e6,
    (at) => timeText(BigInt(days(at)) * 86_400_000_000_000n + BigInt(nanoseconds(at)), 1e9),
  );
}

function decimals({ physical, width }: Leaf, scale: number): Meaning | undefined {
  if (!Number.isInteger(scale)) return undefined;
  switch (physical) {
    case 'INT32':
      return (values, valid) => {
        const { data } = fixed(values);
        return decimalCells(data.length, valid, scale, (at) => BigInt(data[at]!));
      };
    case 'INT64':
      return (values, valid) => {
        const data = fixed(values).data as Int32Array;
        return decimalCells(data.length / 2, valid, scale, (at) => wholeAt(data, at));
      };
    case 'FIXED_LEN_BYTE_ARRAY':
      return (values, valid) => {
        const data = fixed(values).data as Uint8Array;
        return decimalCells(data.length / width, valid, scale, (at) => bigEndian(data, at * width, (at + 1) * width));
      };
    case 'BYTE_ARRAY':
      return (values, valid) => {
        const { bytes, starts, ends } = pieces(values);
        return decimalCells(starts.length, valid, scale, (at) => bigEndian(bytes, starts[at]!, ends[at]!));
      };
    default:
      return undefined;
  }
}

function bigEndian(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = from; at < to; at++) value = (value << 8n) | BigInt(bytes[at]!);
  return BigInt.asIntN(8 * (to - from), value);
}

/** Texts of a dictionary are made once for all pages that refer to it. */
function texts(): Meaning {
  const known = new Texts(CURE_TEXT);
  let dictionary: Values | undefined;
  let made: (string | undefined)[] = [];
  return (values, valid, codes) => {
    const { bytes, starts, ends } = pieces(values);
    if (!codes) return textCells(starts.length, valid, (at) => known.of(bytes, starts[at]!, ends[at]!));
    if (dictionary !== values) made = new Array<string | undefined>(starts.length);
    dictionary = values;
    const own = made;
    return textCells(codes.length, valid, (at) => {
      const code = codes[at]!;
      return (own[code] ??= known.of(bytes, starts[code]!, ends[code]!));
    });
  };
}

/** Values that the file gives no meaning: whoever wants bytes gets them as they are, others texts. */
function bytesOrTexts(): Meaning {
  const asTexts = texts();
  return (values, valid, codes) => {
    const { bytes, starts, ends } = pieces(values);
    const cells = asTexts(values, valid, codes);
    return {
      length: cells.length,
      put(at, sink) {
        if (!sink.bytes) return cells.put(at, sink);
        if (valid && valid[at] === 0) return sink.missing();
        const piece = codes ? codes[at]! : at;
        return sink.bytes(bytes.subarray(starts[piece], ends[piece]));
      },
    };
  };
}

function ofBytes(id: number, width: number): Meaning | undefined {
  if (id === 15 && width === 2) return (values, valid) => numberCells(halves(new Uint16Array(fixed(values).data.buffer)), valid);
  if (id !== 14 || width !== 16) return undefined;
  return (values, valid) => {
    const { data } = fixed(values);
    return textCells(data.length / 16, valid, (at) => uuid(data.subarray(at * 16, (at + 1) * 16) as Uint8Array));
  };
}

function uuid(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function fixed(values: Values): Fixed {
  if (values.kind === 'fixed') return values;
  throw new Damaged('its values are texts');
}

function pieces(values: Values): Pieces {
  if (values.kind === 'pieces') return values;
  throw new Damaged('its values are no texts');
}
