// What is in a Parquet file, as its end tells: columns with their types, and where the pages of each are.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Slices } from '../../../core/files.ts';
import { COPY, Damaged } from '../../bytes/damaged.ts';
import { isGzip, otherKind } from '../../bytes/slices.ts';
import { listOf, structOf, textIn, ThriftReader, wholeOf, type Struct, type Value } from './thrift.ts';

export const PHYSICAL = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] as const;
export type Physical = (typeof PHYSICAL)[number];

/** A column, or a part of one that holds structs. */
export interface Column {
  /** Of a part, `struct.part`. */
  readonly name: string;
  /** Undefined for one that holds lists or structs. */
  readonly leaf: Leaf | undefined;
}

/** A column of single values. */
export interface Leaf {
  /** Position among all of them, those inside others included. */
  readonly index: number;
  readonly physical: Physical;
  /** Bytes of a value of fixed length. */
  readonly width: number;
  /** How many of the value and the structs around it may be missing. */
  readonly levels: number;
  /** What the values mean, for values that mean something: `Thrift` id of the logical type, and its fields. */
  readonly logical: readonly [number, Struct] | undefined;
  /** The same as older writers say it. */
  readonly converted: number | undefined;
  readonly scale: number;
}

/** The pages of one column in one row group. */
export interface Chunk {
  readonly physical: Physical;
  readonly codec: number;
  readonly from: number;
  readonly to: number;
  readonly values: number;
  /** As counted by the writer, where it says so. */
  readonly nulls: number | undefined;
}

export interface RowGroup {
  readonly rows: number;
  /** By the index of a leaf. @throws Damaged */
  chunk(index: number): Chunk;
}

export interface Footer {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly groups: readonly RowGroup[];
  /** What the writer noted under keys of its own. */
  readonly notes: ReadonlyMap<string, string>;
}

const MAGIC = 0x31524150; // PAR1
const ENCRYPTED = 0x45524150; // PARE
const TAIL = 8;

/** @throws E_DATA for what is no Parquet file, or is cut off */
export async function readFooter(name: string, file: Slices): Promise<Footer> {
  const { size } = file;
  if (size === 0) throw new PipelineError('E_DATA', `${name} is empty.`, { hint: 'Name a Parquet file that has rows.' });
  const head = await file.slice(0, 4);
  const begins = head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  if (begins === ENCRYPTED) throw encrypted(name);
  if (begins !== MAGIC) {
    const hint = isGzip(head) ? 'Unpack it: Parquet packs its pages itself.' : 'Name a .parquet file; read others with csv, jsonLines or arrow.';
    throw otherKind(name, head, 'Parquet file', hint);
  }
  const tail = await file.slice(Math.max(0, size - TAIL), size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  if (size < TAIL + 4 || view.getUint32(4, true) !== MAGIC)
    throw new PipelineError('E_DATA', `${name} is a Parquet file that is cut off: it does not end with PAR1.`, { hint: COPY });
  const length = view.getUint32(0, true);
  if (length > size - TAIL - 4)
    throw new PipelineError('E_DATA', `${name} is damaged: it has ${size} bytes, and its table of contents is to have ${length}.`, { hint: COPY });
  try {
    return footerOf(name, new ThriftReader(await file.slice(size - TAIL - length, size - TAIL)).struct(), size - TAIL - length);
  } catch (cause) {
    if (!(cause instanceof Damaged)) throw cause;
    throw new PipelineError('E_DATA', `${name} has a damaged table of contents: ${cause.message}.`, { hint: COPY, cause });
  }
}

function encrypted(name: string): PipelineError {
  return new PipelineError('E_DATA', `${name} is an encrypted Parquet file.`, { hint: 'Write it without encryption.' });
}

/** @param end of the data */
function footerOf(name: string, meta: Struct, end: number): Footer {
  if (meta.get(8) !== undefined) throw encrypted(name);
  const columns = columnsOf(listOf(meta, 2, 'schema').map((one) => structOf(one, 'schema')));
  const rows = wholeOf(meta, 3, 'number of rows');
  const groups = listOf(meta, 4, 'row groups').map((one): RowGroup => {
    const group = structOf(one, 'row group');
    const chunks = listOf(group, 1, 'column chunks');
    const own = wholeOf(group, 3, 'number of rows of a row group');
    return { rows: own, chunk: (index) => chunkOf(name, chunks[index], own, end) };
  });
  const sum = groups.reduce((sum, group) => sum + group.rows, 0);
  if (sum !== rows) throw new Damaged(`it has ${rows} rows, and its row groups have ${sum}`);
  return { columns, rows, groups, notes: notesOf(meta) };
}

function notesOf(meta: Struct): ReadonlyMap<string, string> {
  const notes = new Map<string, string>();
  for (const one of meta.get(5) === undefined ? [] : listOf(meta, 5, 'notes')) {
    const note = structOf(one, 'note');
    if (note.get(2) !== undefined) notes.set(textIn(note.get(1), 'key of a note'), textIn(note.get(2), 'value of a note'));
  }
  return notes;
}

/** Converted types of maps and lists, and logical types. */
const COLLECTIONS: readonly unknown[] = [1, 2, 3];
const LOGICAL_COLLECTIONS: readonly unknown[] = [2, 3];

function columnsOf(schema: readonly Struct[]): readonly Column[] {
  const columns: Column[] = [];
  let at = 0;
  let leaves = 0;
  /** @param told whether columns are told of it: what is in lists is none of them */
  const next = (within: string, levels: number, told: boolean, depth: number): void => {
    const element = schema[at++];
    if (!element || depth > 64) throw new Damaged('its schema ends too early');
    const name = `${within}${textIn(element.get(4), 'name of a column')}`;
    const repetition = element.get(3);
    const children = element.get(5);
    const own = levels + (repetition === 1 ? 1 : 0);
    if (typeof children === 'number' && element.get(1) === undefined) {
      const [logical] = element.get(10) instanceof Map ? [...(element.get(10) as Struct).keys()] : [];
      const struct = repetition !== 2 && !COLLECTIONS.includes(element.get(6)) && !LOGICAL_COLLECTIONS.includes(logical);
      if (told) columns.push({ name, leaf: undefined });
      for (let i = 0; i < children; i++) next(`${name}.`, own, told && struct, depth + 1);
      return;
    }
    const leaf = leafOf(element, name, leaves++, own);
    if (told) columns.push({ name, leaf: repetition === 2 ? undefined : leaf });
  };
  const root = schema[at++];
  if (!root) throw new Damaged('its schema is empty');
  for (let i = Math.min(wholeOf(root, 5, 'number of columns'), schema.length); i > 0; i--) next('', 0, true, 0);
  if (at !== schema.length) throw new Damaged(`its schema has ${schema.length} elements, and columns take ${at} of them`);
  return columns;
}

function leafOf(element: Struct, name: string, index: number, levels: number): Leaf {
  const physical = PHYSICAL[wholeOf(element, 1, 'type of a column')];
  if (!physical) throw new Damaged(`column '${name}' has type ${String(element.get(1))}`);
  const width = physical === 'FIXED_LEN_BYTE_ARRAY' ? wholeOf(element, 2, `length of column '${name}'`) : 0;
  if (physical === 'FIXED_LEN_BYTE_ARRAY' && width === 0) throw new Damaged(`column '${name}' has values without bytes`);
  const [logical] = element.get(10) instanceof Map ? (element.get(10) as Struct) : [];
  return {
    index,
    physical,
    width,
    levels,
    logical: logical && [logical[0], logical[1] instanceof Map ? logical[1] : new Map()],
    converted: element.get(6) === undefined ? undefined : wholeOf(element, 6, 'converted type'),
    scale: element.get(7) === undefined ? 0 : Number(element.get(7)),
  };
}

function chunkOf(name: string, value: Value, rows: number, end: number): Chunk {
  const chunk = structOf(value, 'column chunk');
  const elsewhere = chunk.get(1);
  if (elsewhere instanceof Uint8Array && elsewhere.length > 0)
    throw new PipelineError('E_DATA', `${name} keeps its columns in other files.`, { hint: 'Write it as one file.' });
  if (chunk.get(8) !== undefined) throw encrypted(name);
  const meta = structOf(chunk.get(3), 'column chunk');
  const values = wholeOf(meta, 5, 'number of values');
  if (values !== rows) throw new Damaged(`a row group has ${rows} rows, and a column of it ${values} values`);
  const dictionary = meta.get(11);
  const data = wholeOf(meta, 9, 'first page');
  // Some writers say 0 where there is no dictionary.
  const from = typeof dictionary === 'number' && dictionary > 0 && dictionary < data ? dictionary : data;
  const to = from + wholeOf(meta, 7, 'length of a column chunk');
  if (from < 4 || to > end) throw new Damaged(`a column chunk is to be at bytes ${from} to ${to}, and data end at ${end}`);
  const nulls = meta.get(12) instanceof Map ? (meta.get(12) as Struct).get(3) : undefined;
  const physical = PHYSICAL[wholeOf(meta, 1, 'type of a column chunk')];
  if (!physical) throw new Damaged('a column chunk has no type');
  return { physical, codec: wholeOf(meta, 4, 'compression'), from, to, values, nulls: typeof nulls === 'number' ? nulls : undefined };
}
