// The named sets in the format of MNIST: where they come from, and what is made of files that look like theirs.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/core/data/dataset.ts';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import type { FileSet, FileStore } from '../../../src/core/files.ts';
import { idxHeaderBytes, writeIdxHeader } from '../../../src/datasets/idx.ts';
import { emnist, type EmnistSet } from '../../../src/datasets/mnist/emnist.ts';
import { fashionMnist } from '../../../src/datasets/mnist/fashionMnist.ts';
import { kmnist } from '../../../src/datasets/mnist/kmnist.ts';
import type { DatasetSource } from '../../../src/datasets/source.ts';
import { crc32 } from '../../../src/formats/bytes/crc32.ts';
import { errorOf } from '../../support/files.ts';

function file(dims: readonly number[], valueOf: (at: number) => number): Uint8Array {
  const bytes = new Uint8Array(idxHeaderBytes(dims.length) + dims.reduce((product, dim) => product * dim, 1));
  const values = writeIdxHeader(bytes, dims);
  for (let at = 0; at < values.length; at++) values[at] = valueOf(at);
  return bytes;
}

const pixel = (at: number): number => (at * 7 + (at >> 8)) & 0xff;
const x = (rows: number): Uint8Array => file([rows, 28, 28], pixel);
const labels = (rows: number, classes: number, from = 0): Uint8Array => file([rows], (at) => from + (at % classes));

const SETS = [fashionMnist, kmnist] as const;

test.each(SETS)('%o: 60 000 rows to train on, then 10 000, gzipped or not', async (source) => {
  const whole = [x(60_000), labels(60_000, 10), x(10_000), labels(10_000, 7)];
  const packed = source === kmnist ? whole.map((bytes) => new Uint8Array(gzipSync(bytes, { level: 1 }))) : whole;
  const { name, facts, load, digest } = source();
  const data = (await load({ read: async () => packed }, {})) as Dataset<'all', Matrix<'u8'>>;
  expect(data).toMatchObject({ name, role: 'all', classNames: facts!.classNames, picture: { width: 28, height: 28 } });
  expect([data.x.rows, data.x.cols, data.x.dtype, data.classNames!.length]).toEqual([facts!.rows, facts!.cols, facts!.dtype, 10]);
  expect([data.x.data[784 * 59_999 + 5], data.x.data[784 * 60_000 + 5]]).toEqual([pixel(784 * 59_999 + 5), pixel(5)]);
  expect([...data.labels.subarray(59_998, 60_009)]).toEqual([8, 9, 0, 1, 2, 3, 4, 5, 6, 0, 1]);
  expect(digest!.split('-')).toHaveLength(4);
});

/** A zip archive of files that are not packed again. */
function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const pieces: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt32LE(crc32(bytes), 16);
    head.writeUInt32LE(bytes.length, 20);
    head.writeUInt32LE(bytes.length, 24);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt32LE(at, 42);
    list.push(head, Buffer.from(name));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    pieces.push(local, Buffer.from(name), Buffer.from(bytes));
    at += 30 + name.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(
    list.reduce((sum, piece) => sum + piece.length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...pieces, ...list, end]));
}

/** An archive with one of the sets, as NIST lays it out. */
function archiveOf(set: EmnistSet, classes: number, from = 0): Uint8Array {
  const parts = {
    'train-images-idx3': x(130),
    'train-labels-idx1': labels(130, classes, from),
    'test-images-idx3': x(5),
    'test-labels-idx1': labels(5, classes, from),
  };
  return zip(Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [`gzip/emnist-${set}-${part}-ubyte.gz`, new Uint8Array(gzipSync(bytes))])));
}

const storeOf = (bytes: Uint8Array): FileStore => ({ read: async () => [bytes] });

describe('emnist', () => {
  test.each<[EmnistSet, number, number, readonly [number, unknown][]]>([
    [
      'balanced',
      47,
      0,
      [
        [0, '0'],
        [10, 'A'],
        [35, 'Z'],
        [36, 'a'],
        [38, 'd'],
        [46, 't'],
      ],
    ],
    [
      'byclass',
      62,
      0,
      [
        [9, '9'],
        [36, 'a'],
        [61, 'z'],
      ],
    ],
    ['bymerge', 47, 0, [[46, 't']]],
    [
      'digits',
      10,
      0,
      [
        [0, 0],
        [9, 9],
      ],
    ],
    [
      'letters',
      26,
      1,
      [
        [0, 'A'],
        [25, 'Z'],
      ],
    ],
    ['mnist', 10, 0, [[9, 9]]],
  ])('%s: upright, with %i classes', async (set, classes, from, named) => {
    const { load, facts, name } = emnist(set);
    const data = (await load(storeOf(archiveOf(set, classes, from)), {})) as Dataset<'all', Matrix<'u8'>>;
    expect(facts!.classNames).toHaveLength(classes);
    expect([data.name, data.classNames, data.x.rows, data.x.cols]).toEqual([name, facts!.classNames, 135, 784]);
    expect(data.labels).toEqual(Uint8Array.from([...Array.from({ length: 130 }, (_, i) => i % classes), 0, 1, 2, 3, 4]));
    for (const [label, own] of named) expect(data.classNames![label]).toBe(own);
    for (const [row, line, column] of [
      [0, 0, 1],
      [129, 3, 20],
      [134, 27, 0],
    ] as const)
      expect(data.x.data[row * 784 + line * 28 + column]).toBe(pixel((row < 130 ? row : row - 130) * 784 + column * 28 + line));
  });

  test('an archive without the set, cut off, or no archive', async () => {
    const whole = archiveOf('digits', 10);
    for (const [bytes, message] of [
      [archiveOf('mnist', 10), 'it has no emnist-digits-train-images-idx3-ubyte.gz'],
      [whole.subarray(0, -1), 'its list of files is missing'],
      [whole.map((byte, i) => (i === 200 ? byte ^ 1 : byte)), 'has another checksum than the list says'],
      [new Uint8Array(100), 'its list of files is missing'],
    ] as const)
      expect(await errorOf(emnist('digits').load(storeOf(bytes), {}))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message) });
  });

  test('a set that does not exist', async () => {
    const error = await errorOf(Promise.resolve().then(() => emnist('letter' as never)));
    expect(error).toMatchObject({
      code: 'E_PARAMS',
      message: expect.stringContaining('there is no set "letter"'),
      hint: expect.stringContaining('balanced, byclass'),
    });
    expect(emnist('letters').digest).toBe(emnist('digits').digest); // one archive; the sets differ in their names
  });
});

test.each<[DatasetSource, string, readonly string[]]>([
  [
    fashionMnist(),
    'train-images-idx3-ubyte',
    [
      '/usr/share/datasets/fashion-mnist',
      'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/train-images-idx3-ubyte.gz',
      'https://storage.googleapis.com/tensorflow/tf-keras-datasets/train-images-idx3-ubyte.gz',
    ],
  ],
  [kmnist(), 'train-images-idx3-ubyte.gz', ['https://codh.rois.ac.jp/kmnist/dataset/kmnist/train-images-idx3-ubyte.gz']],
  [kmnist({ mirrors: ['https://localhost/k'] }), 'train-images-idx3-ubyte.gz', ['https://localhost/k/train-images-idx3-ubyte.gz']],
  [emnist('digits'), 'gzip.zip', ['https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip']],
])('%s is looked for in this order', async ({ load }, first, places) => {
  let asked: FileSet | undefined;
  const store: FileStore = { read: async (set) => ((asked = set), Promise.reject(new Error('enough'))) };
  await expect(load(store, {})).rejects.toThrow('enough');
  expect(asked!.files[0]!.name).toBe(first);
  expect(
    asked!.sources.map((source) => (source.kind === 'folder' ? source.folder : source.kind === 'http' ? source.urlOf(asked!.files[0]!) : source.kind)),
  ).toEqual(places);
  for (const { sha256, sizeBytes } of asked!.files) expect([sha256, sizeBytes > 1000]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), true]);
});
