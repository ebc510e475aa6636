// One table in many files, as pyarrow wrote them, and its cells.
import { readFileSync } from 'node:fs';
import { isPipelineError, type PipelineError } from '../../src/core/errors/errors.ts';
import type { TableFile } from '../../src/formats/format.ts';
import { cellsOf, type Cell } from './cells.ts';

export const columnar = (file: string): URL => new URL(`../fixtures/columnar/${file}`, import.meta.url);
export const bytesIn = (file: string): Uint8Array => new Uint8Array(readFileSync(columnar(file)));

export type CellsByName = Readonly<Record<string, readonly Cell[]>>;

/** By column; whole numbers beyond 2^53 are texts. */
export const CELLS = JSON.parse(readFileSync(columnar('cells.json'), 'utf8')) as CellsByName;

/** Columns whose cells are numbers. */
export const NUMERIC = ['i8', 'u8', 'u16', 'i32', 'u32', 'i64', 'f16', 'f32', 'f64'] as const;

/** As the project's own errors; any other is thrown. */
export async function refusal(file: TableFile): Promise<PipelineError | undefined> {
  try {
    await cellsOf(file, NUMERIC);
  } catch (error) {
    if (isPipelineError(error) && error.code === 'E_DATA') return error;
    throw error;
  }
  return undefined;
}

/** The same with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}

/** Numbers that look random, the same in every run. */
export function* spreadOver(below: number, count: number): Generator<number, void> {
  for (let i = 1; i <= count; i++) yield Math.floor((i * 0.6180339887498949 * below) % below);
}
