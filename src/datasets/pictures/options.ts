// What pictures become, as users say it.
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsFact } from '../../core/data/dataset.ts';
import type { JsonRecord } from '../../core/events.ts';
import { callerPlace } from '../../dsl/place.ts';
import { CHANNELS, type Background, type Colors } from './raster.ts';

export interface PicturesOptions {
  /** Width and height, to which every picture is resized and stretched; without it all must have one size. */
  readonly size?: readonly [width: number, height: number] | undefined;
  /** `rgb`: red, green and blue of each pixel, one after the other; `grey`: one number a pixel. Default `rgb`. */
  readonly colors?: Colors | undefined;
  /** What is behind pixels that are not opaque; without it such pictures are refused. */
  readonly background?: Background | undefined;
}

/** Columns of a table of pictures. */
export interface PictureColumns extends PicturesOptions {
  /** Column with the bytes of PNG or JPEG files, or with a struct that has such `bytes`. Default `image`. */
  readonly image?: string | undefined;
  /** Column with the class of each picture. Default `label`. */
  readonly label?: string | undefined;
}

const MOST_SIDE = 16_384;

/** @throws E_PARAMS */
export function checkOptions(options: PictureColumns, known: readonly string[]): void {
  const refuse = (message: string, hint: string): never => {
    throw new PipelineError('E_PARAMS', `pictures: ${message}.`, { at: callerPlace(), hint });
  };
  const { size, colors, background, image, label } = options;
  const odd = Object.keys(options).find((key) => !known.includes(key));
  if (odd !== undefined) refuse(`there is no option ${odd}`, `Its options are ${known.join(', ')}.`);
  const isSide = (side: unknown): boolean => Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MOST_SIDE;
  if (size !== undefined && !(Array.isArray(size) && size.length === 2 && size.every(isSide)))
    refuse(`size is ${JSON.stringify(size)}; a width and a height from 1 to ${MOST_SIDE} are needed`, 'Write size: [64, 64].');
  if (colors !== undefined && !Object.hasOwn(CHANNELS, colors)) refuse(`colors is ${JSON.stringify(colors)}`, "Write colors: 'rgb' or 'grey'.");
  if (background !== undefined && !['white', 'black'].includes(background))
    refuse(`background is ${JSON.stringify(background)}`, "Write background: 'white' or 'black'.");
  for (const [key, name] of Object.entries({ image, label }))
    if (name !== undefined && (typeof name !== 'string' || name === '')) refuse(`${key} is ${JSON.stringify(name)}`, `Name a column: ${key}: '${key}'.`);
  if ((image ?? 'image') === (label ?? 'label')) refuse(`image and label are both ${JSON.stringify(label)}`, 'Name the column of the classes as label.');
}

/** Those that were given, as part of a key. */
export function paramsOf(options: PictureColumns): JsonRecord {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as JsonRecord;
}

/** What is known of the rows before a picture is read. */
export function factsOf({ size, colors = 'rgb' }: PicturesOptions): RowsFact {
  if (!size) return { dtype: 'u8' };
  const [width, height] = size;
  return { dtype: 'u8', cols: width * height * CHANNELS[colors], picture: { width, height, colors } };
}
