// Pixels of single pictures, beside those of Pillow, and what is no picture.
import { encode, type DecodedPng } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decoderOf, kindOf, pixelsOf, type Look } from '../../../src/datasets/pictures/decode.ts';
import type { PicturesOptions } from '../../../src/datasets/pictures/options.ts';
import { turned, type Raster } from '../../../src/datasets/pictures/raster.ts';
import { Resizer } from '../../../src/datasets/pictures/resize.ts';
import { errorOf } from '../../support/files.ts';
import { CASES, fileOf, REFUSED } from '../../support/pictures.ts';

const lookOf = ({ size, colors = 'rgb', background }: PicturesOptions): Look => ({ colors, background, resizer: size && new Resizer(...size) });

async function shown(file: Uint8Array, options: PicturesOptions = {}): Promise<Raster> {
  return pixelsOf('a.png', file, await decoderOf(kindOf('a.png', file)), lookOf(options));
}

test.each(CASES.filter(({ name }) => !name.startsWith('JPEG')).map((one) => [one.name, one] as const))(
  'PNG: %s',
  async (_name, { file, options, width, height, pixels }) => {
    const raster = await shown(file, options);
    expect([raster.width, raster.height]).toEqual([width, height]);
    expect(raster.data).toEqual(pixels);
  },
);

test.each(CASES.filter(({ name }) => name.startsWith('JPEG')).map((one) => [one.name, one] as const))(
  '%s',
  async (_name, { file, options, width, height, pixels }) => {
    const raster = await shown(file, options);
    expect([raster.width, raster.height]).toEqual([width, height]);
    const steps = raster.data.map((value, i) => Math.abs(value - pixels[i]!));
    // Where colors have half as many pixels, they are not smoothed between them.
    expect(Math.max(...steps)).toBeLessThanOrEqual(12);
    expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeLessThan(2);
  },
);

test('the two decoders need no Buffer, so that pages have them', async () => {
  const [png, jpeg] = [fileOf('RGB as rgb'), fileOf('JPEG baseline, as rgb')];
  const before = [await shown(png), await shown(jpeg)];
  vi.stubGlobal('Buffer', undefined);
  try {
    expect([await shown(png), await shown(jpeg)]).toEqual(before);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('interlaced PNG has the pixels of the same picture that is not', async () => {
  const { data, width, height } = await shown(fileOf('37 x 23 as rgb of 37 x 23'));
  expect((await shown(encode({ width, height, data, channels: 3 }, { interlace: 'Adam7' }))).data).toEqual(data);
});

test('turns and mirrors come back to where they were', () => {
  const raster: Raster = { width: 3, height: 2, channels: 3, data: Uint8Array.from({ length: 18 }, (_, i) => i) };
  for (const [one, back] of [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 5],
    [6, 8],
    [7, 7],
    [8, 6],
  ] as const)
    expect(turned(turned(raster, one), back)).toEqual(raster);
  expect(turned({ ...raster, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, 6)).toEqual({
    width: 2,
    height: 3,
    channels: 1,
    data: Uint8Array.of(4, 1, 5, 2, 6, 3),
  });
});

test('one color stays that color at any size', () => {
  const raster: Raster = { width: 7, height: 5, channels: 3, data: Uint8Array.from({ length: 105 }, (_, i) => [1, 128, 255][i % 3]!) };
  for (const [width, height] of [
    [1, 1],
    [3, 2],
    [7, 5],
    [8, 9],
    [100, 1],
  ] as const) {
    const { data } = new Resizer(width, height).resized(raster);
    expect(data).toEqual(Uint8Array.from({ length: width * height * 3 }, (_, i) => [1, 128, 255][i % 3]!));
  }
});

/** One channel of a line resized in float64, not rounded. */
function lineOf(line: readonly number[], length: number): readonly number[] {
  const scale = line.length / length;
  const reach = Math.max(1, scale);
  return Array.from({ length }, (_, i) => {
    const weights = line.map((_, j) => Math.max(0, 1 - Math.abs((j + 0.5 - (i + 0.5) * scale) / reach)));
    return line.reduce((sum, value, j) => sum + value * weights[j]!, 0) / weights.reduce((sum, weight) => sum + weight, 0);
  });
}

test('any size is within rounding of the triangle in float64', () => {
  const side = fc.integer({ min: 1, max: 24 });
  fc.assert(
    fc.property(side, side, side, side, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (width, height, newWidth, newHeight, values) => {
      const data = Uint8Array.from({ length: width * height }, () => values.next().value as number);
      const lines = Array.from({ length: height }, (_, y) => lineOf([...data.subarray(y * width, (y + 1) * width)], newWidth));
      const columns = Array.from({ length: newWidth }, (_, x) =>
        lineOf(
          lines.map((line) => line[x]!),
          newHeight,
        ),
      );
      const made = new Resizer(newWidth, newHeight).resized({ width, height, channels: 1, data });
      made.data.forEach((value, i) => expect(Math.abs(value - columns[i % newWidth]![Math.floor(i / newWidth)]!)).toBeLessThanOrEqual(1.01));
    }),
  );
});

/** A PNG file whose head says something else, with the checksum of what it says. */
function withHead(file: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const out = file.slice();
  change(new DataView(out.buffer));
  const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce<number>((c) => (c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1), n));
  let crc = -1;
  for (const byte of out.subarray(12, 29)) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  new DataView(out.buffer).setInt32(29, ~crc);
  return out;
}

describe('refused with its cure:', () => {
  const png = fileOf('RGB as rgb');
  const jpeg = fileOf('JPEG baseline, as rgb');
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  const changed = (file: Uint8Array, at: number, byte: number): Uint8Array => file.map((value, i) => (i === at ? byte : value));
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  test.each<[string, Uint8Array, string, string]>([
    ['an empty file', new Uint8Array(), 'a.png is empty', 'again'],
    ['a GIF', REFUSED['gif']!, 'a.png is a GIF picture; PNG and JPEG are read', 'as PNG or JPEG'],
    ['a WebP', REFUSED['webp']!, 'is a WebP picture', 'as PNG or JPEG'],
    ['a BMP', REFUSED['bmp']!, 'is a BMP picture', 'as PNG or JPEG'],
    ['a TIFF', REFUSED['tiff']!, 'is a TIFF picture', 'as PNG or JPEG'],
    ['a HEIC', text('\0\0\0\x18ftypheic'), 'is a HEIC or AVIF picture', 'as PNG or JPEG'],
    ['a web page', text('<!doctype html>'), 'is a web page', 'Download'],
    ['a text', text('rose, tulip'), 'is no PNG or JPEG picture: it begins with rose', 'elsewhere'],
    ['JPEG in inks', REFUSED['cmyk']!, 'is in the colors of ink (CMYK)', 'in RGB'],
    ['progressive JPEG whose last interval is longer than what is left', REFUSED['intervals']!, 'is damaged, or a JPEG of a rare kind', 'as PNG'],
    ['JPEG of 12 bits', changed(jpeg, frame + 4, 12), 'is a JPEG of 12 bits a channel', 'baseline'],
    ['lossless JPEG', changed(jpeg, frame + 1, 0xc3), 'is a JPEG of another kind (lossless)', 'baseline'],
    ['JPEG of no size', changed(changed(jpeg, frame + 5, 0), frame + 6, 0), 'is damaged: it is 40 x 0 pixels', 'again'],
    ['a PNG that is not opaque', fileOf('RGBA as rgb on white'), 'has pixels that are not opaque', "background: 'white'"],
    ['a PNG with a changed byte', changed(png, 60, png[60]! ^ 1), 'is damaged: CRC mismatch', 'again'],
    ['an enormous PNG', withHead(png, (head) => head.setUint32(16, 2 ** 30)), 'and no more than 100 million are read', 'smaller'],
    ['a PNG of no size', withHead(png, (head) => head.setUint32(20, 0)), 'is damaged: it is 11 x 0 pixels', 'again'],
    ['a PNG that is said to be higher', withHead(png, (head) => head.setUint32(20, 6)), 'is damaged', 'again'],
    [
      'an interlaced PNG of few bits',
      withHead(fileOf('grey of 2 bits as grey'), (head) => head.setUint8(28, 1)),
      'is interlaced with 2 bits a pixel',
      'without interlacing',
    ],
  ])('%s', async (_what, file, message, hint) => {
    expect(await errorOf(shown(file))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });

  test.each([
    'RGB as rgb',
    'palette of 4 bits as rgb',
    'JPEG baseline, as rgb',
    'JPEG progressive, as rgb',
    'JPEG grey, as grey',
    'JPEG that starts again, as rgb',
  ])('%s, cut off anywhere', async (name) => {
    const file = fileOf(name);
    for (let length = 0; length < file.length; length++) expect((await errorOf(shown(file.subarray(0, length)))).code, `${length} bytes`).toBe('E_DATA');
  });

  test.each(['palette of 4 bits as rgb', 'JPEG baseline, as rgb', 'JPEG progressive, as rgb'])(
    '%s with a changed byte is refused, or a picture',
    async (name) => {
      const file = fileOf(name);
      for (let at = 0; at < file.length; at += 3) {
        const result = await shown(changed(file, at, file[at]! ^ 0x55)).catch((error: unknown) => error);
        if (result instanceof Error) expect(result, `byte ${at}`).toMatchObject({ code: 'E_DATA' });
        else expect((result as Raster).data.length, `byte ${at}`).toBe((result as Raster).width * (result as Raster).height * 3);
      }
    },
  );
});

test('a palette that has fewer colors than pixels ask for is damage', async () => {
  const file = encode({ width: 2, height: 1, data: Uint8Array.of(0, 1), depth: 8, channels: 1, palette: [[1, 2, 3]] } as unknown as DecodedPng);
  expect(await errorOf(shown(file))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining('a pixel has color 1 of a palette of 1') });
});
