// Arrays that numpy saved, whole and broken, and rows made of them.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { isPipelineError, type PipelineError } from '../../src/core/errors/errors.ts';
import { arrays } from '../../src/datasets/arrays/arrays.ts';
import { featuresOf, type ArrayFile } from '../../src/datasets/arrays/ndArray.ts';
import { npy } from '../../src/datasets/arrays/npy.ts';
import { npz } from '../../src/datasets/arrays/npz.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { trainOf } from '../tables/penguins.ts';

const file = (name: string): URL => new URL(`../fixtures/arrays/${name}`, import.meta.url);
const bytesIn = (name: string): Uint8Array => new Uint8Array(readFileSync(file(name)));
const VALUES = JSON.parse(readFileSync(file('values.json'), 'utf8')) as Readonly<Record<string, unknown[]>>;
const flat = (name: string): unknown[] => VALUES[name]!.flat(9);

const disk = { disk: nodeSurroundings() };
const saved = (name: string): ArrayFile => npy(file(`${name.replace('>', 'big-')}.npy`));

test.each(Object.keys(VALUES))('values of %s, in C order', async (name) => {
  const { shape, data, booleans } = await saved(name).read(disk);
  expect(Array.from(data as Float64Array, (value) => (booleans ? value === 1 : typeof value === 'bigint' ? Number(value) : value))).toEqual(flat(name));
  expect(shape[0]).toBe(VALUES[name]!.length);
});

test.each([2, 3])('a head of version %i', async (version) => {
  expect(Array.from((await saved(`version${version}`).read(disk)).data as Float64Array)).toEqual(flat('fortran'));
});

test.each([
  ['u1', 'u8'],
  ['u2', 'u16'],
  ['i1', 'f32'],
  ['i2', 'f32'],
  ['>i2', 'f32'],
  ['u4', 'f64'],
  ['i4', 'f64'],
  ['i8', 'f64'],
  ['u8', 'f64'],
  ['f2', 'f32'],
  ['f4', 'f32'],
  ['f8', 'f64'],
  ['>f8', 'f64'],
])('features of %s are %s', async (name, dtype) => {
  const x = featuresOf(await saved(name).read(disk));
  expect([x.rows, x.cols, x.dtype]).toEqual([5, 3, dtype]);
  expect([...x.data]).toEqual(flat(name));
});

test('rows with labels, by number, by name and by truth', async () => {
  const of = (labels: string): ReturnType<typeof trainOf<'classes'>> => trainOf(arrays({ x: saved('f8'), labels: saved(labels) }));
  const named = (data: Awaited<ReturnType<typeof of>>): readonly unknown[] => Array.from(data.labels, (label) => data.classNames![label]);
  expect(named(await of('labels'))).toEqual(VALUES['labels']);
  expect(named(await of('truth'))).toEqual(VALUES['truth']);
  expect(named(await of('names'))).toEqual(VALUES['names']);
  expect(named(await of('bytes'))).toEqual(VALUES['bytes']);
});

test('rows with values, and without a target', async () => {
  const one = await trainOf(arrays({ x: saved('f8'), values: saved('values') }));
  expect([...one.values.data]).toEqual(VALUES['values']);
  const two = await trainOf(arrays({ x: saved('f8'), values: saved('pairs') }));
  expect([two.values.cols, ...two.values.data]).toEqual([2, ...flat('pairs')]);
  expect(Object.keys(await trainOf(arrays({ x: saved('f8') }))).toSorted()).toEqual(['name', 'role', 'rows', 'x']);
});

test('pictures keep their width and height, in either order of memory', async () => {
  for (const name of ['pictures', 'fortran3']) {
    const { x, picture } = await trainOf(arrays({ x: saved(name) }));
    expect([x.rows, x.cols, x.dtype, picture]).toEqual([4, 6, 'u8', { width: 3, height: 2 }]);
    expect([...(x as Matrix).data]).toEqual(flat(name));
  }
});

test.each(['several.npz', 'packed.npz'])('each array of %s, from a disk and from memory', async (name) => {
  for (const array of ['f8', 'labels', 'pictures', 'fortran']) {
    for (const from of [file(name), bytesIn(name), new Blob([bytesIn(name) as Uint8Array<ArrayBuffer>])]) {
      const { data } = await npz(from, array).read(disk);
      expect(Array.from(data as Float64Array, Number)).toEqual(flat(array));
    }
  }
});

test('a source is its files, and what is read of them', () => {
  const { inputs, params, name } = arrays({ x: saved('f8'), labels: npz(file('several.npz'), 'labels') });
  expect([name, params, inputs]).toEqual([
    'f8',
    { x: { format: 'npy' }, labels: { format: 'npz', name: 'labels' } },
    { files: [file('f8.npy'), file('several.npz')] },
  ]);
  expect(arrays({ x: npy(bytesIn('f8.npy')) }).inputs).toBeUndefined();
});

test('gzip, and a Buffer that begins anywhere', async () => {
  const packed = await npy(new Uint8Array(gzipSync(bytesIn('f8.npy')))).read({});
  expect(Array.from(packed.data as Float64Array)).toEqual(flat('f8'));
  for (const before of [1, 3, 8]) {
    const within = Buffer.concat([Buffer.alloc(before), bytesIn('big-f8.npy')]).subarray(before);
    expect(Array.from((await npy(within).read({})).data as Float64Array)).toEqual(flat('>f8'));
    expect(Buffer.compare(within, bytesIn('big-f8.npy')), 'what was given is left alone').toBe(0);
  }
});

async function refusal(read: () => Promise<unknown>): Promise<PipelineError | undefined> {
  try {
    await read();
  } catch (error) {
    if (isPipelineError(error)) return error;
    throw error;
  }
  return undefined;
}

describe('what is refused', () => {
  test.each<[string, () => Promise<unknown>, string, string, string]>([
    ['objects', () => saved('objects').read(disk), 'E_DATA', 'objects.npy holds Python objects (|O)', 'astype'],
    ['complex numbers', () => saved('complex').read(disk), 'E_DATA', 'holds complex numbers (<c16)', 'astype'],
    ['dates', () => saved('dates').read(disk), 'E_DATA', 'holds dates', 'astype'],
    ['records', () => saved('records').read(disk), 'E_DATA', "holds records with fields: [('a', '<i4'), ('b', '<f8')]", 'each field'],
    ['ids as features', () => trainOf(arrays({ x: saved('ids') })), 'E_DATA', 'value 0 is 9007199254740993, a whole number that float64 would round', 'ids'],
    [
      'one dimension as features',
      () => trainOf(arrays({ x: saved('values') })),
      'E_SHAPE',
      'x needs rows and columns; values.npy has shape (5,)',
      'reshape(-1, 1)',
    ],
    ['a scalar as features', () => trainOf(arrays({ x: saved('scalar') })), 'E_SHAPE', 'scalar.npy has shape ()', 'reshape'],
    ['texts as features', () => trainOf(arrays({ x: saved('names') })), 'E_SHAPE', 'x needs rows and columns', 'reshape'],
    [
      'columns as labels',
      () => trainOf(arrays({ x: saved('f8'), labels: saved('u1') })),
      'E_SHAPE',
      'Labels have one dimension; u1.npy has shape (5, 3)',
      'one label a row',
    ],
    [
      'other rows',
      () => trainOf(arrays({ x: saved('pictures'), labels: saved('labels') })),
      'E_SHAPE',
      'pictures.npy has 4 rows, and labels.npy 5 labels',
      'same rows',
    ],
    ['texts as values', () => trainOf(arrays({ x: saved('f8'), values: saved('names') })), 'E_DATA', 'names.npy holds texts; values are numbers', 'table'],
    ['an archive as one array', () => npy(file('several.npz')).read(disk), 'E_DATA', 'several.npz is no array of numpy: it begins with PK', 'npz(file, name)'],
    ['one array as an archive', () => npz(file('f8.npy'), 'x').read(disk), 'E_DATA', 'f8.npy is no archive of arrays', 'npy(file)'],
    ['a name that is not there', () => npz(file('packed.npz'), 'label').read(disk), 'E_DATA', "packed.npz has no array 'label'", 'Did you mean labels?'],
    ['nothing', () => npy(new Uint8Array()).read({}), 'E_DATA', 'is empty', 'numpy'],
    ['an empty archive', () => npz(new Uint8Array(), 'x').read({}), 'E_DATA', 'is empty', 'savez'],
    ['a file that is not there', () => saved('nowhere').read(disk), 'E_FETCH', 'nowhere.npy is not there', 'relative'],
  ])('%s', async (_what, read, code, message, hint) => {
    const error = await refusal(read);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });

  test('options that cannot be', () => {
    expect(() => arrays({} as never)).toThrow(/x is missing; an array is needed/);
    expect(() => arrays({ x: 'x.npy' } as never)).toThrow(/x is "x.npy"; an array is needed/);
    expect(() => arrays({ x: saved('f8'), labels: saved('labels'), values: saved('values') })).toThrow(/labels and values are both/);
  });

  test('files that are cut off anywhere, or go on', async () => {
    const bytes = bytesIn('f8.npy');
    for (let length = 0; length < bytes.length; length++)
      expect(await refusal(() => npy(bytes.subarray(0, length)).read({}))).toMatchObject({ code: 'E_DATA' });
    expect((await refusal(() => npy(Buffer.concat([bytes, bytes])).read({})))?.message).toContain('has 368 bytes of values, and shape (5, 3) needs 120');
    const packed = bytesIn('packed.npz');
    for (let length = 0; length < packed.length; length++)
      expect(await refusal(() => npz(packed.subarray(0, length), 'f8').read({})), `${length} bytes`).toMatchObject({ code: 'E_DATA' });
  });

  test.each(['several.npz', 'packed.npz'])('a changed bit of %s is found by its checksums, or changes nothing', async (name) => {
    const bytes = bytesIn(name);
    let found = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit += 29) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      let data: unknown;
      if (await refusal(async () => (data = (await npz(changed, 'f8').read({})).data))) found++;
      else expect(Array.from(data as Float64Array), `bit ${bit}`).toEqual(flat('f8'));
    }
    expect(found).toBeGreaterThan(50);
  });
});
