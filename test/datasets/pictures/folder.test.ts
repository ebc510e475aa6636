// Folders of pictures: their order, and all that may stand in them.
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import { decoderOf } from '../../../src/datasets/pictures/decode.ts';
import { pictures } from '../../../src/datasets/pictures/pictures.ts';
import { PictureRows } from '../../../src/datasets/pictures/rows.ts';
import { nodeSurroundings } from '../../../src/runtime/node/surroundings.ts';
import { errorOf, sha256, tempFolder } from '../../support/files.ts';
import { fileOf, REFUSED } from '../../support/pictures.ts';
import { trainOf } from '../../tables/penguins.ts';

/** A grey picture of one value. */
function png(value: number, width = 2, height = 2): Uint8Array {
  return encode({ width, height, data: new Uint8Array(width * height).fill(value), channels: 1 });
}

/** A folder with these files, by their paths. */
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(tempFolder(), 'flowers');
  mkdirSync(folder);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

/** The first value of each row, with the name of its class. */
async function read(folder: string | URL, options: Parameters<typeof pictures>[1] = { colors: 'grey' }): Promise<readonly (readonly [unknown, number])[]> {
  const { x, labels, classNames, rows } = await trainOf(pictures(folder as string, options));
  const { data, cols } = x as Matrix;
  expect([...rows]).toEqual(Array.from({ length: x.rows }, (_, i) => i));
  return Array.from({ length: x.rows }, (_, i) => [classNames![labels[i]!], data[i * cols]!]);
}

const FLOWERS = {
  'tulip/2.png': png(1),
  'tulip/10.png': png(2),
  'rose/a.png': png(3),
  'Rose hip/B.png': png(4),
  'Rose hip/A.PNG': png(5),
  'rose/ä #%?.png': png(6),
};
const IN_ORDER = [
  ['Rose hip', 5],
  ['Rose hip', 4],
  ['rose', 3],
  ['rose', 6],
  ['tulip', 2],
  ['tulip', 1],
];

test('classes and names come in the order of their characters, by path and by URL', async () => {
  const folder = folderOf(FLOWERS);
  for (const one of [folder, `${folder}/`, pathToFileURL(folder), pathToFileURL(`${folder}/`)]) expect(await read(one)).toEqual(IN_ORDER);
  const source = pictures(folder, { colors: 'grey' });
  expect(source.name).toBe('flowers');
  expect(source.inputs!.files!.map(String)).toEqual([pathToFileURL(`${folder}/`).href]);
});

test('rows are pixels line by line, of each color in turn, and know their shape', async () => {
  const folder = folderOf({ 'a/rgb.png': fileOf('RGB as rgb'), 'b/photo.jpg': fileOf('JPEG baseline, as rgb') });
  const { x, picture, labels, classNames } = await trainOf(pictures(folder, { size: [11, 5] }));
  expect([x.rows, x.cols, x.dtype, picture]).toEqual([2, 165, 'u8', { width: 11, height: 5, colors: 'rgb' }]);
  expect([[...labels], classNames]).toEqual([
    [0, 1],
    ['a', 'b'],
  ]);
  const own = encode({ width: 11, height: 5, data: (x as Matrix<'u8'>).data.slice(0, 165), channels: 3 });
  expect(await read(folderOf({ 'a/x.png': own, 'b/y.png': own }), {})).toEqual([
    ['a', (x as Matrix).data[0]],
    ['b', (x as Matrix).data[0]],
  ]);
});

test('what is known beforehand is so', async () => {
  const folder = folderOf(FLOWERS);
  const { facts, load } = pictures(folder, { size: [3, 5], colors: 'grey' });
  expect(facts).toEqual({ dtype: 'u8', cols: 15, picture: { width: 3, height: 5, colors: 'grey' } });
  const { x, picture } = await load({ read: () => Promise.reject(new Error()) }, { disk: nodeSurroundings() });
  expect([x.cols, picture]).toEqual([15, facts!.picture]);
  expect(pictures(folder).facts).toEqual({ dtype: 'u8' });
  expect(pictures(folder, { size: undefined, colors: 'grey' }).params).toEqual({ format: 'pictures', colors: 'grey' });
});

test('hidden files and what systems leave behind are passed over; links are followed', async () => {
  const left = Object.fromEntries(
    ['.DS_Store', 'tulip/.DS_Store', 'rose/Thumbs.db', 'rose/desktop.ini', 'tulip/._2.png', '__MACOSX/x/y.png', '.git/HEAD', 'README.md'].map((path) => [
      path,
      new Uint8Array(3),
    ]),
  );
  const folder = folderOf({ ...FLOWERS, ...left });
  expect(await read(folder)).toEqual(IN_ORDER);
  const elsewhere = folderOf({ 'lily/1.png': png(7) });
  symlinkSync(join(elsewhere, 'lily'), join(folder, 'lily'));
  symlinkSync(join(elsewhere, 'lily/1.png'), join(folder, 'rose/b.png'));
  expect(await read(folder)).toEqual([
    ['Rose hip', 5],
    ['Rose hip', 4],
    ['lily', 7],
    ['rose', 3],
    ['rose', 7],
    ['rose', 6],
    ['tulip', 2],
    ['tulip', 1],
  ]);
});

test('what a file is, its bytes say', async () => {
  const folder = folderOf({ 'a/1.png': fileOf('JPEG grey, as grey'), 'b/1.jpg': png(9, 40, 30), 'b/2': png(9, 40, 30) });
  expect((await read(folder)).map(([name]) => name)).toEqual(['a', 'b', 'b']);
});

describe('refused, with the file and a cure:', () => {
  const grey = { colors: 'grey' } as const;
  test.each<[string, () => string, string, string, string]>([
    ['no folder', () => join(tempFolder(), 'none'), 'E_FETCH', 'none is not there: no folder /', 'relative'],
    ['an empty folder', () => folderOf({}), 'E_DATA', 'flowers is empty', '<class>'],
    ['no classes', () => folderOf({ 'notes.txt': png(1) }), 'E_DATA', 'flowers has no folders', '<class>'],
    ['pictures of no class', () => folderOf({ '1.png': png(1), 'a/2.png': png(1) }), 'E_DATA', 'flowers/1.png is a picture of no class', '<class>'],
    ['a class without pictures', () => folderOf({ 'a/1.png': png(1), 'b/.DS_Store': png(1) }), 'E_DATA', 'flowers/b has no pictures', 'Remove the folder'],
    ['classes inside of classes', () => folderOf({ 'train/a/1.png': png(1) }), 'E_DATA', 'flowers/train has a folder of its own, a', "'flowers/train'"],
    [
      'a text among pictures',
      () => folderOf({ 'a/1.png': png(1), 'a/notes.txt': new TextEncoder().encode('nice') }),
      'E_DATA',
      'flowers/a/notes.txt is no PNG or JPEG picture',
      'elsewhere',
    ],
    ['another kind of picture', () => folderOf({ 'a/1.png': REFUSED['webp']! }), 'E_DATA', 'flowers/a/1.png is a WebP picture', 'PNG or JPEG'],
    ['a picture that is cut off', () => folderOf({ 'a/1.png': png(1).subarray(0, 50) }), 'E_DATA', 'flowers/a/1.png is damaged', 'again'],
    [
      'pictures of several sizes',
      () => folderOf({ 'a/1.png': png(1), 'a/2.png': png(1), 'b/1.png': png(1, 2, 3) }),
      'E_DATA',
      'flowers/b/1.png has 2 x 3 pixels, and flowers/a/1.png 2 x 2',
      'size: [2, 2]',
    ],
    [
      'a link to nothing',
      () => {
        const folder = folderOf({ 'a/1.png': png(1) });
        symlinkSync(join(folder, 'nowhere'), join(folder, 'a/2.png'));
        return folder;
      },
      'E_DATA',
      'flowers/a/2.png is no file, or a link to nothing',
      'links to',
    ],
  ])('%s', async (_what, folder, code, message, hint) => {
    expect(await errorOf(trainOf(pictures(folder(), grey)))).toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test.each<[string, () => unknown, string, string]>([
    ['a folder of a server', () => pictures('https://localhost/flowers'), 'E_USAGE', 'servers do not list'],
    ['nothing', () => pictures(undefined as never), 'E_USAGE', 'a folder or a table is needed'],
    ['an option that is none', () => pictures('a', { colours: 'grey' } as never), 'E_PARAMS', 'there is no option colours'],
    ['half a size', () => pictures('a', { size: [2.5, 2] }), 'E_PARAMS', 'size is [2.5,2]'],
    ['a size of one side', () => pictures('a', { size: [2] as never }), 'E_PARAMS', 'size is [2]'],
    ['another color', () => pictures('a', { colors: 'gray' as never }), 'E_PARAMS', 'colors is "gray"'],
    ['another background', () => pictures('a', { background: 'red' as never }), 'E_PARAMS', 'background is "red"'],
    ['a column of a folder', () => pictures('a', { label: 'x' } as never), 'E_PARAMS', 'there is no option label'],
  ])('%s, before anything is read', async (_what, make, code, message) => {
    expect(await errorOf(Promise.resolve().then(make))).toMatchObject({
      code,
      message: expect.stringContaining(message),
      at: { file: expect.stringContaining('folder.test.ts') },
    });
  });
});

test('pictures that no memory holds are refused with their size', async () => {
  const add = async (): Promise<void> => new PictureRows({}).add('a.png', png(1), await decoderOf('png'), 1e15);
  expect(await errorOf(add())).toMatchObject({ code: 'E_DATA', message: 'There is no memory for 1000000000000000 pictures of 2 x 2 pixels: 12000000 GB.' });
});

test('progress counts pictures, and an abort stops', async () => {
  const { load } = pictures(folderOf(FLOWERS), { colors: 'grey' });
  const store = { read: () => Promise.reject(new Error()) };
  const notes: string[] = [];
  await load(store, { disk: nodeSurroundings(), onProgress: ({ note, done, total }) => void (expect(done).toBeLessThanOrEqual(total!), notes.push(note)) });
  expect([notes.length, notes.at(-1)]).toEqual([6, '6 of 6 pictures of flowers']);
  await expect(load(store, { disk: nodeSurroundings(), signal: AbortSignal.abort() })).rejects.toThrow('abort');
});

test('the digest of a folder is that of what is in it', async () => {
  const digest = async (folder: string): Promise<unknown> => Object.values(await nodeSurroundings().inputs(pictures(folder).inputs!, undefined))[0];
  const [one, other] = [folderOf(FLOWERS), folderOf(FLOWERS)];
  utimesSync(join(other, 'rose/a.png'), 1, 1);
  expect(await digest(one)).toBe(await digest(other));
  writeFileSync(join(other, 'rose/a.png'), png(33));
  expect(await digest(one)).not.toBe(await digest(other));
});

test('it is made of the names and digests of files, many or few, in the order of names', async () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`b/${i}.png`, png(i)]));
  const folder = folderOf({ ...many, 'a/1.png': png(1), 'c.txt': png(2) });
  const treeOf = (entries: Readonly<Record<string, string>>): string => {
    const lines = Object.keys(entries)
      .toSorted()
      .map((name) => `${name} ${entries[name]!}`);
    return sha256(Buffer.from(`folder\n${lines.join('\n')}`));
  };
  const b = treeOf(Object.fromEntries(Object.entries(many).map(([path, bytes]) => [path.slice(2), sha256(bytes)])));
  const [digest] = Object.values(await nodeSurroundings().inputs({ files: [pathToFileURL(folder)] }, undefined));
  expect(digest).toBe(treeOf({ a: treeOf({ '1.png': sha256(png(1)) }), b, 'c.txt': sha256(png(2)) }));
});

test('any pictures of one size come back as they are', async () => {
  const picture = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.uint8Array({ minLength: 12, maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 8 }), async (all) => {
      const files = all.map(([name, data], i) => [`${name}/${i}.png`, encode({ width: 2, height: 2, data, channels: 3 })] as const);
      const { x, labels, classNames } = await trainOf(pictures(folderOf(Object.fromEntries(files))));
      const sorted = all.map(([name, data]) => [name, [...data]] as const).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      const { data } = x as Matrix;
      expect(Array.from({ length: x.rows }, (_, i) => [classNames![labels[i]!], Array.from(data.slice(12 * i, 12 * i + 12))])).toEqual(sorted);
    }),
    { numRuns: 15 },
  );
});
