// Data in the files of MNIST, in a folder or named one by one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { idxHeaderBytes, writeIdxHeader } from '../../src/datasets/idx.ts';
import { idx } from '../../src/datasets/idxFiles.ts';
import { tempFolder } from '../support/files.ts';
import { trainOf } from '../tables/penguins.ts';

function file(dims: readonly number[], values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(idxHeaderBytes(dims.length) + values.length);
  writeIdxHeader(bytes, dims).set(values);
  return bytes;
}

const TRAIN = file([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const TEST = file([1, 2, 2], [255, 0, 255, 0]);
const LABELS = [file([3], [0, 9, 9]), file([1], [4])] as const;

const EXPECTED = { rows: 4, values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255, 0, 255, 0], labels: [0, 9, 9, 4], picture: { width: 2, height: 2 } };

async function read(source: ReturnType<typeof idx>): Promise<typeof EXPECTED> {
  const { x, labels, picture } = await trainOf(source);
  return { rows: x.rows, values: [...(x as Matrix).data], labels: [...labels], picture: picture! };
}

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(tempFolder(), 'own-mnist');
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

const NAMED = {
  'train-images-idx3-ubyte': TRAIN,
  't10k-images-idx3-ubyte': TEST,
  'train-labels-idx1-ubyte': LABELS[0],
  't10k-labels-idx1-ubyte': LABELS[1],
};

test('a folder, packed or not, by path and by URL', async () => {
  const plain = folderOf(NAMED);
  const packed = folderOf(Object.fromEntries(Object.entries(NAMED).map(([name, bytes]) => [`${name}.gz`, new Uint8Array(gzipSync(bytes))])));
  for (const folder of [plain, packed, `${plain}/`, pathToFileURL(plain), pathToFileURL(`${packed}/`)]) {
    const source = idx(folder);
    expect(source.name).toBe('own-mnist');
    expect(source.inputs!.files![0]!.href).toMatch(/own-mnist\/$/);
    expect(await read(source)).toEqual(EXPECTED);
  }
});

test('files by name', async () => {
  expect(await read(idx({ x: [TRAIN, new Uint8Array(gzipSync(TEST))], labels: LABELS }))).toEqual(EXPECTED);
  const folder = pathToFileURL(folderOf(NAMED));
  const url = (name: keyof typeof NAMED): URL => new URL(`${folder.href}/${name}`);
  const source = idx({ x: [url('train-images-idx3-ubyte')], labels: [url('train-labels-idx1-ubyte')] });
  expect([source.name, source.inputs!.files!.length]).toEqual(['train-images-idx3-ubyte', 2]);
  expect((await read(source)).labels).toEqual([0, 9, 9]);
});

test.each<[string, () => Promise<unknown>, string, string]>([
  ['a file that is missing', () => trainOf(idx(folderOf({ 'train-images-idx3-ubyte': TRAIN }))), 'E_FETCH', 't10k-images-idx3-ubyte is not there'],
  ['a file that is cut off', () => trainOf(idx({ x: [TRAIN.subarray(0, -1)], labels: [LABELS[0]] })), 'E_DATA', '11 values arrived, 3 x 2 x 2 = 12 are needed'],
  ['other rows', () => trainOf(idx({ x: [TRAIN], labels: [LABELS[1]] })), 'E_SHAPE', 'has 3 rows, and idx of 9 bytes 1 labels'],
  [
    'pictures of another size',
    () => trainOf(idx({ x: [TRAIN, file([1, 1, 2], [1, 2])], labels: LABELS })),
    'E_SHAPE',
    'rows of shape 2 x 2, and idx of 18 bytes of 1 x 2',
  ],
  ['labels as pictures', () => trainOf(idx({ x: [LABELS[0]], labels: [LABELS[0]] })), 'E_SHAPE', 'x needs rows and columns'],
  ['no list', async () => idx({ x: TRAIN } as never), 'E_USAGE', 'a list of files is needed'],
])('%s is refused', async (_what, load, code, message) => {
  await expect(load()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});
