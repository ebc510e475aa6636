// Sharded fits of the main job (2 or not, a fit and three folds), and ridge of the digits as values, on workers that are pinned to a
// core each, and what a round costs beside the compute. Fits on one worker, on two and on this machine alone take turns, and must be
// equal to the bit.
// usage: tsx --conditions=pipeline-gpu-source bench/shards.ts [fits|ridge|rounds]
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message, ShardWork } from '../src/core/shards/shards.ts';
import { branchesOf, totalOf, type Branch } from '../src/core/shards/spans.ts';
import { matrix } from '../src/core/data/matrix.ts';
import type { StageContext } from '../src/dsl/stage/context.ts';
import { logisticRegression } from '../src/estimators/logisticRegression/logisticRegression.ts';
import { ridge } from '../src/estimators/ridge/ridge.ts';
import { shardWorks } from '../src/estimators/shardWorks.ts';
import { blobStore } from '../src/runtime/node/cache/blobStore.ts';
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { ShardDriver } from '../src/runtime/node/shards/driver.ts';
import { serveShards, type DriverAddress } from '../src/runtime/node/shards/worker.ts';
import { foldsOf, loadDigits } from './mnist.ts';
import { contextAround } from './tasks/train.ts';

const [MODELS, WIDTH] = [4, 785];
const FITS = Number(process.env['BENCH_FITS'] ?? 5);
const ROUNDS = 400;
/** Spans of a shard whose branches do not meet: more than cuts of MNIST leave. */
const BRANCHES = 3;

const [what = 'all', ...rest] = process.argv.slice(2);
if (what === 'worker') await work(...(rest as [string, string]));
else {
  if (what === 'all' || what === 'fits') await fits();
  if (what === 'all' || what === 'ridge') await ridges();
  if (what === 'all' || what === 'rounds') for (const workers of [1, 2, 4]) await rounds(workers);
}

/** Answers at once, with as much as a batch of the main job does. */
async function echo(): Promise<ShardWork> {
  const answer = (width: number): Message => {
    const branches = branchesOf({ first: 1, end: 1 + 2 ** BRANCHES - 1 }, width, (span, sums) => sums.fill(span));
    return { json: { branches: branches.map(({ level, index }) => [level, index]) }, arrays: branches.map(({ sums }) => sums) };
  };
  const [losses, gradients] = [answer(2 * MODELS), answer(MODELS * WIDTH)];
  return async () => ({ answer: async ({ json }) => (json['ask'] === 'losses' ? losses : gradients), release: () => {} });
}

async function work(address: string, folder: string): Promise<void> {
  const { compute, summary } = await openNodeCompute({ quiet: true });
  await serveShards(JSON.parse(address) as DriverAddress, { compute, numerics: summary.name, blobs: blobStore(folder), works: { ...shardWorks, echo } });
  compute.destroy();
}

interface Workers {
  readonly driver: ShardDriver;
  readonly close: () => Promise<void>;
}

async function workers(count: number): Promise<Workers> {
  const folder = mkdtempSync(join(tmpdir(), 'shards-'));
  const driver = await ShardDriver.listen({ count, blobs: blobStore(folder), least: count });
  const children = Array.from({ length: count }, (_, core): ChildProcess => {
    const args = [
      '-c',
      String(core % 2),
      process.execPath,
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      'worker',
      JSON.stringify(driver.address),
      folder,
    ];
    return spawn('taskset', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, LP_NUM_THREADS: '1' } });
  });
  const close = async (): Promise<void> => {
    for (const child of children) child.kill();
    await driver.close();
    rmSync(folder, { recursive: true });
  };
  return { driver, close };
}

async function fits(): Promise<void> {
  const { twos } = await loadDigits();
  const folds = foldsOf(twos);
  const jobs = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }))];
  await inTurns('fits', [1, 2], async (context) => {
    const trained = await logisticRegression({ tol: 0.1 }).train(twos, jobs, { folds }, context);
    return trained.map(({ model: { coef, intercept, summary } }) => `${coef[0]!.join()} ${intercept.join()} ${JSON.stringify(summary)}`).join();
  });
}

async function ridges(): Promise<void> {
  const { digits } = await loadDigits();
  const { labels, ...rows } = digits;
  const values = { ...rows, values: matrix(labels.length, 1, Float64Array.from(labels)) };
  await inTurns('ridge', [0, 1, 2], async (context) => {
    const [fitted] = await ridge().train(values, [{ name: 'fit' }], {}, context);
    return fitted!.model.fields.coef[0]!.join();
  });
}

/** @param fleets of so many workers; 0 for this machine alone, with all its cores */
async function inTurns(name: string, counts: readonly number[], fit: (context: StageContext) => Promise<string>): Promise<void> {
  const { compute } = await openNodeCompute({ quiet: true });
  const fleets = await Promise.all(counts.map((count) => (count > 0 ? workers(count) : undefined)));
  const times: number[][] = fleets.map(() => []);
  const found = new Set<string>();
  // Once beforehand, for shaders and rows.
  for (let i = 0; i <= FITS; i++) {
    console.error(`${name} ${i} of ${FITS}, after ${Math.round(performance.now() / 1000)} s`);
    for (const [at, fleet] of fleets.entries()) {
      const started = performance.now();
      found.add(await fit({ ...contextAround(compute), ...(fleet ? { shards: fleet.driver } : {}) }));
      if (i > 0) times[at]!.push(performance.now() - started);
    }
  }
  if (found.size !== 1) throw new Error(`${name} of different workers differ`);
  const workersMs = Object.fromEntries(counts.map((count, at) => [count === 0 ? 'alone' : count, median(times[at]!)]));
  const [two, one] = [times.at(-1)!, times.at(-2)!].map(median) as [number, number];
  console.log(JSON.stringify({ [name]: FITS, workersMs, ratio: two / one, times }));
  for (const fleet of fleets) await fleet?.close();
  compute.destroy();
}

async function rounds(count: number): Promise<void> {
  const { driver, close } = await workers(count);
  const fit = await driver.spread(
    'echo',
    Array.from({ length: count }, () => ({ json: {}, arrays: [] })),
  );
  const directions = Array.from({ length: MODELS }, (_, i) => new Float64Array(WIDTH).fill(i));
  const models = [...directions.keys()];
  const [losses, gradients]: [number[], number[]] = [[], []];
  const adds: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    let started = performance.now();
    await fit.ask(() => ({ json: { ask: 'directions', models }, arrays: directions }), { answered: false });
    await fit.ask(() => ({ json: { ask: 'losses', models }, arrays: [Float64Array.from(models)] }));
    losses.push(performance.now() - started);
    started = performance.now();
    const answers = await fit.ask(() => ({ json: { ask: 'gradients', models }, arrays: [] }));
    const adding = performance.now();
    const found = answers.flatMap(({ json, arrays }) =>
      (json['branches'] as [number, number][]).map(([level, index], at): Branch => ({ level, index, sums: arrays[at] as Float64Array })),
    );
    totalOf(found);
    gradients.push(performance.now() - started);
    adds.push(performance.now() - adding);
  }
  const kB = (floats: number): number => Math.round((floats * 8) / 100) / 10;
  console.log(
    JSON.stringify({
      workers: count,
      directionAndLossMs: median(losses),
      gradientMs: median(gradients),
      ofWhichAddsMs: median(adds),
      kBOut: kB(MODELS * WIDTH),
      kBBack: kB(BRANCHES * MODELS * WIDTH),
    }),
  );
  fit.close();
  await close();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
