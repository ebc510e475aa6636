// Models that the cache keeps one by one: what is trained again is counted where it is trained, and told to the user.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Estimator, Job } from '../../src/dsl/estimator.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { logisticRegression, type LogisticRegressionOptions } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import type { Selection } from '../../src/runtime/engine/selection.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { inProcess, type Executor, type StageJob } from '../../src/runtime/schedule/executor.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet } from '../support/smallSets.ts';

let compute: GpuCompute;
beforeAll(async () => {
  // Runs close their device; this one is shared.
  compute = { ...(await testCompute()), destroy: () => {} };
});

const codeWith = (kernels: string) => ({ closure: async () => ({}), packageDigests: async () => ({ code: '', kernels }), text: async () => '' });
const iris = smallSet('iris');

interface Going {
  readonly store: CacheStore;
  readonly data?: Dataset<'train'>;
  readonly adapter?: string;
  readonly kernels?: string;
  readonly selection?: Selection;
  readonly executor?: Executor;
  /** The run fails at this many fit-progress events. */
  readonly cutAt?: number;
}

/** Runs learners on rows, and says which jobs were trained, in how many calls. */
async function go(
  learners: (counted: typeof logisticRegression) => readonly unknown[],
  { store, data = iris, adapter = 'test', kernels = '', selection, executor, cutAt }: Going,
) {
  const calls: string[][] = [];
  const events: RunEvent[] = [];
  const counted = (options?: LogisticRegressionOptions): ReturnType<typeof logisticRegression> => {
    const inner = logisticRegression(options);
    const train: typeof inner.train = (rows, jobs, ...rest) => (calls.push(jobs.map(({ name }) => name)), inner.train(rows, jobs, ...rest));
    return { ...inner, train };
  };
  const rows = stage({ id: 'rows', needs: [], provides: ['train'], cache: false, run: (): Pick<Split, 'train'> => ({ train: data }) });
  const { outputs, values, error } = await run((pipeline as (...all: unknown[]) => Pipeline)('kept', rows, ...learners(counted as never)), {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { name: adapter, vendor: '', architecture: '', driver: '', software: true } }),
    emit: (event) => {
      events.push(event);
      if (event.type === 'fit-progress' && events.filter(({ type }) => type === 'fit-progress').length === cutAt) throw new Error('cut');
    },
    signal: new AbortController().signal,
    cache: { store, code: codeWith(kernels), checkpointMs: 0.1 },
    selection,
    executor,
    values: ['model'],
  });
  if (cutAt === undefined && error !== undefined) throw error;
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  const histories = events.flatMap((event) => (event.type === 'history' ? event.models : []));
  const resumed = events.some(({ type }) => type === 'fit-resumed');
  return { calls, trained: calls.flat(), output: Object.values(outputs).at(-1) as Record<string, unknown>, outputs, values, warnings, histories, resumed };
}

type Searching = {
  readonly tol?: number;
  readonly folds?: number;
  readonly warmStart?: boolean;
  readonly shuffleSeed?: number;
  readonly scoring?: 'rocAuc' | 'balancedAccuracy';
};
const searched =
  (C: readonly number[], { tol = 0.01, folds = 2, ...rest }: Searching = {}) =>
  (counted: typeof logisticRegression) => [gridSearch(counted({ tol }), { C }, { folds, ...rest })];
const foldsOf = (...points: string[]): string[] => points.flatMap((point) => [1, 2].map((fold) => `${point} fold ${fold}`));
const byPoint = (output: Record<string, unknown>) =>
  new Map((output['points'] as { params: { C: number }; foldScores: number[]; nIter: number[] }[]).map((one) => [one.params.C, one]));

/** Names of the entries that hold one model each. */
function withPieces(): {
  readonly store: CacheStore;
  readonly pieces: () => string[];
  readonly spoil: (name: string, change: (text: string) => string) => Promise<void>;
} {
  const inner = memoryCacheStore();
  const names = new Set<string>();
  const store: CacheStore = {
    ...inner,
    putText: (name, text) => {
      if (text.includes('"stored":["result"]')) names.add(name);
      return inner.putText(name, text);
    },
  };
  return { store, pieces: () => [...names], spoil: async (name, change) => inner.putText(name, change((await inner.getText(name))!)) };
}

describe('a grid', () => {
  test('with a point more trains that point, in one call; with one less it trains nothing; what is kept is used as it is', async () => {
    const store = memoryCacheStore();
    const first = await go(searched([0.01, 1]), { store });
    expect(first.calls).toEqual([foldsOf('C=0.01', 'C=1'), ['C=1 all rows']]);
    expect(first.output).not.toHaveProperty('pointsFromCache');

    const more = await go(searched([0.01, 0.1, 1]), { store });
    expect(more.calls).toEqual([foldsOf('C=0.1')]);
    expect(more.output).toMatchObject({ pointsFromCache: 2, bestParams: { C: 1 } });
    for (const C of [0.01, 1]) expect(byPoint(more.output).get(C)).toEqual(byPoint(first.output).get(C));
    expect((await encode(more.values['model'])).digest).toBe((await encode(first.values['model'])).digest);

    const less = await go(searched([1, 0.1]), { store });
    expect(less.calls).toEqual([]);
    expect(less.output).toMatchObject({ pointsFromCache: 2 });
    expect(byPoint(less.output).get(0.1)).toEqual(byPoint(more.output).get(0.1));
    // The best point is another: its model of all rows is not there yet.
    expect((await go(searched([0.01]), { store })).calls).toEqual([['C=0.01 all rows']]);
  });

  test.each<[string, Parameters<typeof searched>, Partial<Going>]>([
    ['another tol', [[0.01, 1], { tol: 0.02 }], {}],
    ['other folds', [[0.01, 1], { shuffleSeed: 3 }], {}],
    ['other rows', [[0.01, 1]], { data: { ...iris, rows: iris.rows.map((row, i) => (i === 7 ? 8 : row)) } }],
    ['another adapter', [[0.01, 1, 1]], { adapter: 'another' }],
    ['other kernels', [[0.01, 1, 1]], { kernels: 'edited' }],
    ['--force', [[0.01, 1]], { selection: { force: ['grid-search'] } }],
  ])('trains all of them for %s', async (_, [C, options], how) => {
    const store = memoryCacheStore();
    const two = smallSet('iris', 1);
    await go(searched([0.01, 1]), { store, data: two });
    const again = await go(searched(C, options), { store, ...how, data: how.data ? { ...how.data, labels: two.labels, positive: 1 } : two });
    expect(again.calls[0]).toEqual(foldsOf(...C.map((value) => `C=${value}`)));
    expect(again.output).not.toHaveProperty('pointsFromCache');
  });

  test('another scorer of the same counts trains none', async () => {
    const store = memoryCacheStore();
    await go(searched([0.01, 1]), { store });
    expect((await go(searched([0.01, 1], { scoring: 'balancedAccuracy' }), { store })).trained.filter((name) => name.includes('fold'))).toEqual([]);
  });

  test('a scorer that wants to see each row asks the models that are kept, and finds what it would in models of its own', async () => {
    const data = { ...iris, labels: smallSet('iris', 1).labels, positive: 1 };
    const [store, other] = [memoryCacheStore(), memoryCacheStore()];
    await go(searched([0.01, 1]), { store, data });
    const asked = await go(searched([0.01, 1], { scoring: 'rocAuc' }), { store, data });
    const own = await go(searched([0.01, 1], { scoring: 'rocAuc' }), { store: other, data });
    expect([asked.trained.filter((name) => name.includes('fold')), own.calls[0]]).toEqual([[], foldsOf('C=0.01', 'C=1')]);
    expect(asked.output).toMatchObject({ pointsFromCache: 2, scoring: 'rocAuc' });
    for (const C of [0.01, 1]) {
      const [found, wanted] = [asked, own].map(({ output }) => byPoint(output).get(C)!);
      found!.foldScores.forEach((score, fold) => expect(score).toBeCloseTo(wanted!.foldScores[fold]!, 6));
    }
    // What they said is kept with them.
    expect((await go(searched([1, 0.01], { scoring: 'rocAuc' }), { store, data })).calls).toEqual([]);
  });

  test.each<[string, (text: string) => string]>([
    ['damaged', (text) => text.replace(/("small":\{"[^"]+":".{200})./, (_, before: string) => `${before}!`)],
    ['cut', (text) => text.slice(0, 100)],
    ['emptied', () => ''],
  ])('trains again a model that was %s, and that one alone', async (_, change) => {
    const { store, pieces, spoil } = withPieces();
    const before = await go(searched([0.01, 0.1, 1]), { store });
    expect(pieces()).toHaveLength(7);
    await spoil(pieces()[3]!, change);
    const { calls, output } = await go(searched([1, 0.1, 0.01]), { store });
    expect(calls).toEqual([[expect.stringMatching(/fold/)]]);
    expect(output).toMatchObject({ pointsFromCache: 2 });
    expect(byPoint(output).size).toBe(byPoint(before.output).size);
    // It is mended by that.
    expect((await go(searched([0.1, 0.01, 1]), { store })).calls).toEqual([]);
  });

  test('that is walked keeps the points before a new one, and those behind it start from other models', async () => {
    const store = memoryCacheStore();
    const walk = (...C: number[]) => go(searched(C, { warmStart: true, tol: 1e-4 }), { store });
    await walk(0.01, 0.1);
    expect((await walk(0.01, 0.1, 1)).trained.filter((name) => name.includes('fold'))).toEqual(foldsOf('C=1'));
    expect((await walk(0.01, 0.03, 0.1)).trained.filter((name) => name.includes('fold'))).toEqual(foldsOf('C=0.03', 'C=0.1'));
  });

  test('that was killed does not go on from a checkpoint of other jobs', async () => {
    const grid = searched([0.01, 0.1, 1], { tol: 1e-6 });
    const [one, other] = [memoryCacheStore(), memoryCacheStore()];
    await go(grid, { store: one, cutAt: 12 });
    expect((await go(grid, { store: one })).resumed).toBe(true);

    await go(grid, { store: other, cutAt: 12 });
    await go(searched([0.01], { tol: 1e-6 }), { store: other });
    const resumed = await go(grid, { store: other });
    expect(resumed).toMatchObject({ resumed: false, output: { pointsFromCache: 1 } });
    expect(resumed.calls[0]).toEqual(foldsOf('C=0.1', 'C=1'));
  });
});

test('a search that finds all its models in the cache is kept for the adapter that they were computed on', async () => {
  const store = memoryCacheStore();
  await go(searched([0.01, 1]), { store });
  expect(await go(searched([1, 0.01]), { store })).toMatchObject({ calls: [], output: { pointsFromCache: 2 } });
  expect((await go(searched([1, 0.01]), { store, adapter: 'another' })).calls).toEqual([foldsOf('C=1', 'C=0.01'), ['C=1 all rows']]);
});

test('a fit keeps its model when more folds are asked for, and stages find the models of each other', async () => {
  const store = memoryCacheStore();
  const validated = (folds: number) => (counted: typeof logisticRegression) => [fit(counted({ C: 0.1, tol: 0.01 })), crossValidate({ folds })];
  expect((await go(validated(2), { store })).trained).toEqual(['fit', 'fold 1', 'fold 2']);
  const { trained, outputs } = await go(validated(3), { store });
  expect(trained).toEqual(['fold 1', 'fold 2', 'fold 3']);
  expect(outputs['fit']).toMatchObject({ modelsFromCache: 1 });
  expect((await go(searched([0.1]), { store })).trained).toEqual([]);
});

test('what training had to say is told again with the models, under their names', async () => {
  const store = memoryCacheStore();
  const search = (C: readonly number[]) => (counted: typeof logisticRegression) => [
    gridSearch(oneVsRest(counted({ tol: 1e-9, maxIter: 3 })) as Estimator<never, { C: number }>, { C }, { folds: 2 }),
  ];
  const first = await go(search([0.01, 1]), { store });
  const again = await go(search([1, 0.01, 100]), { store });
  const late = first.warnings.filter((text) => text.includes('did not converge'));
  expect(late.length).toBeGreaterThan(0);
  expect(again.warnings).toContain(`Of models kept from an earlier training: ${late[0]}`);
  const lossOf = ({ histories }: typeof first, name: string) => histories.find(({ model }) => model === name)?.loss;
  for (const name of ['C=1 fold 2 class 0', 'C=0.01 fold 1 class 2']) {
    expect(lossOf(first, name)!.length).toBeGreaterThan(1);
    expect(lossOf(again, name)).toEqual(lossOf(first, name));
  }
});

test('a model without an encoding is trained each time, and the others are kept', async () => {
  const store = memoryCacheStore();
  const odd = (counted: typeof logisticRegression) => {
    const inner = counted({ tol: 0.01 }) as unknown as Estimator<never, { C: number }>;
    const train: typeof inner.train = async (rows, jobs: readonly Job<{ C: number }, never>[], ...rest) =>
      (await inner.train(rows, jobs, ...rest)).map((one, i) =>
        jobs[i]!.params?.C === 1
          ? { ...one, model: { ...(one.model as object), odd: () => 1, [Symbol.for('pipeline-gpu.encodeAs')]: undefined } as never }
          : one,
      );
    return [gridSearch({ ...inner, train }, { C: [0.01, 1] }, { folds: 2 })];
  };
  await go(odd, { store });
  const { calls, output } = await go(odd, { store });
  expect(calls[0]).toEqual(foldsOf('C=1'));
  expect(output).toMatchObject({ pointsFromCache: 1 });
});

describe('an executor that hands the models of a stage out', () => {
  /** A worker makes the pieces that `take` chooses, and ends where others are still to come. */
  const worker = async ({ node, state, context }: StageJob, take: (key: string, i: number) => boolean): Promise<unknown> => {
    const kept = context.kept!;
    const share = async (keys: readonly string[]) => keys.filter(take);
    return inProcess.execute({
      node,
      state,
      context: { ...context, kept: { load: (key) => kept.load(key), save: (part, results) => kept.save(part, results), share } },
    });
  };
  const splitting: Executor = {
    async execute(job) {
      if (!job.context.kept || job.node.stage.spec.id !== 'grid-search') return inProcess.execute(job);
      await expect(worker(job, (_, i) => i < 2)).rejects.toMatchObject({
        code: 'E_CANCELLED',
        message: 'grid-search ends here: 4 of its models are trained elsewhere.',
      });
      // The first two are in the cache by now.
      await worker(job, () => true);
      return inProcess.execute(job);
    },
  };

  test('each is trained once, and the result is that of one process', async () => {
    const whole = await go(searched([0.01, 0.1, 1]), { store: memoryCacheStore() });
    const split = await go(searched([0.01, 0.1, 1]), { store: memoryCacheStore(), executor: splitting });
    expect(split.calls).toEqual([foldsOf('C=0.01'), foldsOf('C=0.1', 'C=1'), whole.calls[1]]);
    expect(split.output['bestParams']).toEqual(whole.output['bestParams']);
    for (const [C, { foldScores, nIter }] of byPoint(whole.output)) {
      expect(byPoint(split.output).get(C)!.nIter).toEqual(nIter);
      for (const [fold, score] of foldScores.entries()) expect(byPoint(split.output).get(C)!.foldScores[fold]).toBeCloseTo(score, 10);
    }
  });
});
