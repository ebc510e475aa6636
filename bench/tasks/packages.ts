// The same work in the packages of mljs, and in TensorFlow.js where it is installed, on as many rows as they end with in reasonable time. Times are scaled by rows, and by trees,
// as far as their work grows with those.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Sample, Task } from '../harness.ts';
import { COLS, ROWS, type Digits } from '../mnist.ts';
import { CLUSTER_ITERATIONS, CLUSTERS, COMPONENTS, PERCEPTRON_PASSES, TREES } from './algorithms.ts';
import { ASKED } from './neighbors.ts';
import { SVC_ROWS } from './supportVectors.ts';

/** Some of these packages have no types, and one is CommonJS by name only. */
const load = createRequire(import.meta.url) as (name: string) => Record<string, never>;
const installed = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};
interface Constructed {
  train(rows: readonly number[][], labels: readonly number[]): void;
  predict(rows: readonly number[][]): readonly number[];
}

export function packageTasks({ digits }: Digits): readonly Task[] {
  const rowsOf = (count: number): { readonly x: number[][]; readonly labels: number[] } => {
    const data = (digits.x as { readonly data: Uint8Array }).data;
    const ids = [...digits.rows.subarray(0, count)];
    return { x: ids.map((id) => [...data.subarray(id * COLS, (id + 1) * COLS)]), labels: ids.map((id) => digits.labels[id]!) };
  };
  const timed = (rows: number, scale: number, work: (x: number[][], labels: number[]) => unknown) => async (): Promise<Sample> => {
    const { x, labels } = rowsOf(rows);
    const started = performance.now();
    await work(x, labels);
    const ms = performance.now() - started;
    return { ms: ms * scale, facts: { measuredMs: ms, rows, scaledBy: scale } };
  };
  const task = (name: string, needs: string | undefined, ratioTo: string, title: string, sample: () => Promise<Sample>): Task => ({
    name: `mljs-${name}`,
    group: ratioTo,
    title: `mljs ${title}`,
    engine: 'mljs',
    // Some take a minute. What is not installed is left out.
    repeats: { full: needs === undefined || installed(needs) ? 1 : 0, quick: 0 },
    ratioTo,
    warm: async () => undefined,
    sample,
  });
  const tfjs = process.env['BENCH_TFJS'];
  const among = 3000;
  const asked = 50;
  const svcRows = Math.min(SVC_ROWS, 2000);
  return [
    task(
      'knn',
      'ml-knn',
      'neighbors',
      'ml-knn: the same neighbours',
      timed(among + asked, (ROWS / among) * (ASKED / asked), (x, labels) => {
        const Knn = (load('ml-knn')['default'] ?? load('ml-knn')) as unknown as new (x: number[][], labels: number[]) => Constructed;
        new Knn(x.slice(0, among), labels.slice(0, among)).predict(x.slice(among));
      }),
    ),
    task(
      'kmeans',
      'ml-kmeans',
      'clusters',
      'ml-kmeans: the same clusters',
      timed(3000, ROWS / 3000, (x) => {
        const kmeans = load('ml-kmeans')['kmeans'] as unknown as (x: number[][], count: number, options: object) => unknown;
        kmeans(x, CLUSTERS, { initialization: x.slice(0, CLUSTERS), maxIterations: CLUSTER_ITERATIONS, tolerance: 0 });
      }),
    ),
    // Its eigenvectors do not grow with the rows: not scaled.
    task(
      'pca',
      'ml-pca',
      'components',
      'ml-pca, of 1000 rows: the same components',
      timed(1000, 1, (x) => {
        const { PCA } = load('ml-pca') as unknown as {
          readonly PCA: new (x: number[][], options: object) => { predict(x: number[][], options: object): unknown };
        };
        new PCA(x, { method: 'covarianceMatrix', scale: false }).predict(x.slice(0, 10), { nComponents: COMPONENTS });
      }),
    ),
    task(
      'forest',
      'ml-random-forest',
      'forest',
      'ml-random-forest: the same forest',
      timed(200, (ROWS / 200) * TREES, (x, labels) => {
        const { RandomForestClassifier } = load('ml-random-forest') as unknown as { readonly RandomForestClassifier: new (options: object) => Constructed };
        new RandomForestClassifier({ nEstimators: 1, maxFeatures: 28 / COLS, replacement: true, seed: 42, noOOB: true }).train(x, labels);
      }),
    ),
    // libsvm as WebAssembly. Distances are most of the work of this many rows, and grow with their square.
    task(
      'svc',
      'libsvm-js',
      'svc',
      'libsvm-js: the same support vectors',
      timed(svcRows, (SVC_ROWS / svcRows) ** 2, async (x, labels) => {
        const Svm = (await (load('libsvm-js') as unknown)) as new (options: object) => Constructed & { free(): void };
        const small = x.map((row) => row.map((pixel) => pixel / 255));
        const all = small.flat();
        const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
        const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
        const machine = new Svm({ type: 0, kernel: 2, cost: 1, gamma: 1 / (COLS * variance), cacheSize: 200, quiet: true });
        machine.train(small, labels);
        machine.free();
      }),
    ),
    ...(tfjs === undefined
      ? []
      : [
          {
            ...task('perceptron', undefined, 'perceptron', '', async () => {
              const rows = 6000;
              const { x, labels } = rowsOf(rows);
              const ms = await tfjsPerceptron(createRequire(join(resolve(tfjs), 'package.json')), x, labels);
              return { ms: ms * (ROWS / rows), facts: { measuredMs: ms, rows, scaledBy: ROWS / rows } };
            }),
            name: 'tfjs-perceptron',
            title: 'TensorFlow.js (wasm): the same pass',
            engine: 'tfjs' as const,
          },
        ]),
  ];
}

/**
 * Milliseconds of the passes alone, behind one that is not counted.
 *
 * @param installed loads what is installed in a folder of its own: these packages take 100 MB, too much for all who develop this one
 */
async function tfjsPerceptron(installed: NodeJS.Require, x: number[][], labels: number[]): Promise<number> {
  const tf = installed('@tensorflow/tfjs-core');
  const { sequential, layers } = installed('@tensorflow/tfjs-layers');
  installed('@tensorflow/tfjs-backend-wasm').setWasmPaths(join(dirname(installed.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out/'));
  await tf.setBackend('wasm');
  const hidden = layers.dense({ units: 100, activation: 'relu', inputShape: [COLS] });
  const model = sequential({ layers: [hidden, layers.dense({ units: 10, activation: 'softmax' })] });
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy' });
  const pixels = tf.div(tf.tensor2d(x), 255);
  const codes = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
  const options = { epochs: PERCEPTRON_PASSES, batchSize: 200, shuffle: true, yieldEvery: 'never' };
  await model.fit(pixels, codes, options);
  const started = performance.now();
  await model.fit(pixels, codes, options);
  return performance.now() - started;
}
