// Fashion-MNIST: the real bytes, from Debian's folder where that is, else from the cache or the network. Without any of them this file
// fails, and says how to get them. Figures are scikit-learn's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, expect, test } from 'vitest';
import figures from '../fixtures/fashion.json' with { type: 'json' };
import { countLabels, fashionMnist, kNeighborsClassifier, logisticRegression, pictures, type Dataset, type Matrix } from '../../src/api.ts';
import { nodeFileStore } from '../../src/runtime/node/files/fileStore.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { testCompute } from '../support/compute.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(await testCompute());
const all = (await fashionMnist().load(nodeFileStore(), { onWarning: ({ message }) => console.warn(message) })) as Dataset<'all', Matrix<'u8'>>;
const from = (first: number, count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => first + i);
const clothes: Dataset<'test', Matrix<'u8'>> = { ...all, role: 'test', rows: from(60_000, 10_000) };
const trainOn = (count: number): Dataset<'train', Matrix<'u8'>> => ({ ...all, role: 'train', rows: from(0, count) });

test('the bytes are those that scikit-learn was given', () => {
  expect([...countLabels(all)]).toEqual(figures.counts);
  const mean = (row: number): number => all.x.data.subarray(784 * row, 784 * (row + 1)).reduce((sum, value) => sum + value, 0) / 784;
  expect([0, 1, 2, 3, 4].map(mean)).toEqual(figures.means.map((value) => expect.closeTo(value, 12)));
});

test('nearest neighbours of 20 000 rows say the same of every row', async () => {
  const [one] = await kNeighborsClassifier().train(trainOn(20_000), [{ name: 'fit' }], {}, context);
  expect((await one!.model.evaluate(clothes, 'counts', context)).confusion).toEqual(figures.neighbors);
});

test('logistic regression of 10 000 rows is as often right', async () => {
  const scaling = { shift: new Float64Array(784), factor: new Float64Array(784).fill(1 / 255) };
  const estimator = logisticRegression({ C: 0.01, tol: 1e-6, maxIter: 2000 });
  const [one] = await estimator.train({ ...trainOn(10_000), scaling }, [{ name: 'fit' }], {}, context);
  const right = Math.round(10_000 * (await one!.model.score({ ...clothes, scaling }, context)));
  console.log(`logistic regression: ${right} of 10000 right, scikit-learn ${figures.linear.right}`);
  expect(Math.abs(right - figures.linear.right)).toBeLessThanOrEqual(10);
});

const folder = mkdtempSync(join(tmpdir(), 'pipeline-clothes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('70 000 pictures of a folder are the rows that they were written of', async () => {
  const classes = Array.from(all.classNames!, (name) => String(name).replace('/', ' or '));
  for (const name of classes) mkdirSync(join(folder, name));
  for (let row = 0; row < 70_000; row++) {
    const data = all.x.data.subarray(784 * row, 784 * (row + 1));
    writeFileSync(join(folder, classes[all.labels[row]!]!, `${String(row).padStart(5, '0')}.png`), encode({ width: 28, height: 28, data, channels: 1 }));
  }
  const source = pictures(folder, { colors: 'grey' });
  const began = performance.now();
  const [digest] = Object.values(await nodeSurroundings().inputs(source.inputs!, undefined));
  const digested = performance.now();
  const read = (await source.load({ read: () => Promise.reject(new Error('no store')) }, { disk: nodeSurroundings() })) as Dataset<'all', Matrix<'u8'>>;
  console.log(`70000 pictures: digest ${Math.round(digested - began)} ms, read ${Math.round(performance.now() - digested)} ms`);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  const sorted = classes.toSorted();
  expect(read.classNames).toEqual(sorted);
  const rows = Array.from({ length: 70_000 }, (_, row) => row).toSorted(
    (a, b) => sorted.indexOf(classes[all.labels[a]!]!) - sorted.indexOf(classes[all.labels[b]!]!) || a - b,
  );
  const wrong = rows.filter(
    (row, i) =>
      sorted[read.labels[i]!] !== classes[all.labels[row]!] ||
      Buffer.compare(read.x.data.subarray(784 * i, 784 * (i + 1)), all.x.data.subarray(784 * row, 784 * (row + 1))) !== 0,
  );
  expect(wrong).toEqual([]);
});
