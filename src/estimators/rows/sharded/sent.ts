// Rows of a fit on their way to shards, and there: each shard gets whole spans of them, and what a fit says beside.
import { decode, encode } from '../../../core/encoding/encoding.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { takeRows, type Features } from '../../../core/data/features.ts';
import { matrix, type FeatureArray, type Matrix } from '../../../core/data/matrix.ts';
import { cutsOf, type Message, type Numbers, type Shards, type Spread } from '../../../core/shards/shards.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import type { MeasuredFrame } from '../frame.ts';
import type { TiledRows, Whole } from '../tilesOnDevice.ts';
import type { PartOfRows } from './parts.ts';

/** Rows `from` to `end` of the whole. */
export interface Cut {
  readonly from: number;
  readonly end: number;
}

/** Rows of a fit that are spread. */
export interface SpreadRows {
  readonly spread: Spread;
  /** Which of the rows each shard has. */
  readonly cuts: readonly Cut[];
}

/** What rows are made of, beside their numbers. */
interface SentRows {
  readonly name: string;
  readonly whole: TileShape;
  readonly from: number;
  readonly columns?: readonly string[];
  /** Rows that stay where they are stored, as they are encoded. */
  readonly stored?: string;
}

/**
 * Cuts rows at spans, and has shards made of them.
 *
 * @param work what the shards do, by name
 * @param whole as `rowsElsewhere` has it of `data`
 * @param own what the work needs to know beside its rows
 */
export async function spreadRows(
  shards: Shards,
  work: string,
  data: RowsOf,
  whole: Pick<TiledRows, 'shape' | 'frame'>,
  spanRows: number,
  own: (cut: Cut) => Message,
): Promise<SpreadRows> {
  const { rows } = whole.shape;
  const cuts = cutsOf(Math.ceil(rows / spanRows), shards.count).map((span, i, all): Cut => {
    const next = all[i + 1];
    return { from: span * spanRows, end: next === undefined ? rows : next * spanRows };
  });
  const setUps: Message[] = [];
  for (const cut of cuts) setUps.push(await setUpOf(data, whole, cut, own(cut)));
  return { spread: await shards.spread(work, setUps), cuts };
}

async function setUpOf(
  { x, rows, name, columns }: RowsOf,
  { shape, frame }: Pick<TiledRows, 'shape' | 'frame'>,
  { from, end }: Cut,
  own: Message,
): Promise<Message> {
  const ids = rows.slice(from, end);
  const stored = 'readRows' in x ? (await encode(x)).text : undefined;
  const sent: SentRows = { name, whole: shape, from, ...(columns ? { columns } : {}), ...(stored === undefined ? {} : { stored }) };
  const { center, unit, rms, mean, coarse } = frame;
  const arrays: Numbers[] = [center, unit, rms, mean, coarse, ids];
  if (stored === undefined) arrays.push((await takeRows(x, ids)).data);
  return { json: { rows: sent as unknown as JsonRecord, own: own.json }, arrays: [...arrays, ...own.arrays] };
}

/** Rows of a shard, and what came beside them. */
export interface ArrivedRows extends Message {
  readonly data: RowsOf;
  /** How they stand on a device. */
  readonly as: Whole;
  readonly part: PartOfRows;
}

export async function arrivedRows({ json, arrays }: Message): Promise<ArrivedRows> {
  const { rows: sent, own: said } = json as unknown as { readonly rows: SentRows; readonly own: JsonRecord };
  const { name, columns, whole, from, stored } = sent;
  const left = [...arrays];
  const next = <A extends Numbers>(): A => left.shift() as A;
  const [center, unit, rms, mean] = [next<Float64Array>(), next<Float64Array>(), next<Float64Array>(), next<Float64Array>()];
  const frame = { center, unit, rms, mean, coarse: next<Uint8Array>() };
  const ids = next<Uint32Array>();
  const own = stored === undefined ? ownRows(next<FeatureArray>(), whole.cols, frame) : undefined;
  const x = own?.x ?? ((await decode(stored!, noBlob)) as Features);
  return {
    data: { x, rows: own?.rows ?? ids, name, columns },
    as: { frame, tileQuads: whole.tileQuads, named: own && ids },
    part: { whole, from },
    json: said,
    arrays: left,
  };
}

interface OwnRows {
  readonly frame: MeasuredFrame;
  readonly x: Matrix;
  readonly rows: Uint32Array;
}

const known = new WeakMap<FeatureArray, OwnRows>();

/** The same rows in the same frame are the same matrix, which is on the device already where the fit before had it. */
function ownRows(data: FeatureArray, cols: number, frame: MeasuredFrame): OwnRows {
  const had = known.get(data);
  if (had && (Object.keys(frame) as (keyof MeasuredFrame)[]).every((key) => had.frame[key].join() === frame[key].join())) return had;
  const count = data.length / cols;
  const own = { frame, x: matrix(count, cols, data), rows: Uint32Array.from({ length: count }, (_, i) => i) };
  known.set(data, own);
  return own;
}

function noBlob(digest: string): Promise<Uint8Array> {
  return Promise.reject(new PipelineError('E_DATA', `Stored rows refer to bytes ${digest} that were not sent.`));
}
