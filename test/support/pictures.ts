// Files of pictures, and the pixels that Pillow makes of them.
import { readFileSync } from 'node:fs';
import type { PicturesOptions } from '../../src/datasets/pictures/options.ts';

interface Case {
  readonly name: string;
  readonly file: Uint8Array;
  readonly options: PicturesOptions;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const saved = JSON.parse(readFileSync(new URL('../fixtures/pictures.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly (Omit<Case, 'file' | 'pixels'> & { readonly file: string; readonly pixels: string })[];
  readonly refused: Readonly<Record<string, string>>;
};

export const CASES: readonly Case[] = saved.cases.map((one) => ({ ...one, file: bytesOf(one.file), pixels: bytesOf(one.pixels) }));

/** Of kinds that are not read, by what they are. */
export const REFUSED: Readonly<Record<string, Uint8Array>> = Object.fromEntries(Object.entries(saved.refused).map(([name, file]) => [name, bytesOf(file)]));

export function fileOf(name: string): Uint8Array {
  return CASES.find((one) => one.name === name)!.file;
}
