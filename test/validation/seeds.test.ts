// What draws by chance draws from the run's seed where it was given none of its own, and a run records the seed.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Estimator } from '../../src/dsl/estimator.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { kMeans } from '../../src/estimators/kMeans/kMeans.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { decisionTreeClassifier } from '../../src/estimators/trees/decisionTreeClassifier.ts';
import { randomForestClassifier } from '../../src/estimators/trees/randomForestClassifier.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { standardize } from '../../src/stages/scale.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet } from '../support/smallSets.ts';

let compute: GpuCompute;
beforeAll(async () => {
  compute = { ...(await testCompute()), destroy: () => {} };
});

const code = { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' };
const rows = stage({ id: 'rows', needs: [], provides: ['train'], cache: false, run: (): Pick<Split, 'train'> => ({ train: smallSet('iris') }) });
type Output = Readonly<Record<string, unknown>>;

async function outputsOf(made: Parameters<typeof run>[0], seed: number, store = memoryCacheStore()): Promise<Readonly<Record<string, Output>>> {
  const { outputs, error } = await run(made, {
    seed,
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { name: 'test', vendor: '', architecture: '', driver: '', software: true } }),
    emit: () => {},
    signal: new AbortController().signal,
    cache: { store, code },
  });
  if (error !== undefined) throw error;
  return outputs;
}

describe('an estimator that draws', () => {
  const fitted = (seed?: number) => pipeline('draws', rows, fit(chain(standardize(), kMeans({ nClusters: 6, ...(seed === undefined ? {} : { seed }) }))));

  test('draws from the seed of the run, and the run records from which', async () => {
    const [one, again, other] = [await outputsOf(fitted(), 1), await outputsOf(fitted(), 1), await outputsOf(fitted(), 2)];
    expect(again['fit']).toEqual(one['fit']);
    expect(one['fit']!['seed']).toEqual(expect.any(Number));
    expect(other['fit']!['seed']).not.toBe(one['fit']!['seed']);
    // The seed that is recorded draws the same.
    expect(await outputsOf(fitted(one['fit']!['seed'] as number), 77)).toEqual(one);
  });

  test('draws from its own where it has one, whatever that of the run', async () => {
    const [one, other] = [await outputsOf(fitted(3), 1), await outputsOf(fitted(3), 2)];
    expect(other).toEqual(one);
    expect(one['fit']!['seed']).toBe(3);
  });

  test('is kept by its seed: another one trains anew, the same one does not', async () => {
    const store = memoryCacheStore();
    const inner = kMeans({ nClusters: 3 });
    const train = vi.fn(inner.train.bind(inner));
    const estimator = { ...inner, train };
    const searched = pipeline('kept', rows, gridSearch(estimator, { nClusters: [2, 3] }, { folds: 2 }));
    const first = await outputsOf(searched, 1, store);
    const calls = train.mock.calls.length;
    expect(await outputsOf(searched, 1, store)).toEqual(first);
    expect(train.mock.calls.length).toBe(calls);
    const second = await outputsOf(searched, 2, store);
    expect(train.mock.calls.length).toBe(2 * calls);
    expect(second['grid-search']!['seed']).not.toBe(first['grid-search']!['seed']);
  });

  test('says so through chains and models of models, and not where it has a seed', () => {
    const seeded = (...all: readonly Pick<Estimator, 'seeded'>[]): readonly unknown[] => all.map((one) => one.seeded);
    const forest = randomForestClassifier();
    expect(seeded(kMeans() as never, forest as never, decisionTreeClassifier() as never, chain(standardize(), forest) as never)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(seeded(oneVsRest({ ...linearSVC(), seeded: true } as never) as never)).toEqual([true]);
    expect(seeded(kMeans({ seed: 0 }) as never, randomForestClassifier({ seed: 4 }) as never, linearSVC() as never)).toEqual([undefined, undefined, undefined]);
    expect(fit(chain(standardize(), kMeans())).spec.seeded).toBe(true);
    expect(fit(linearSVC()).spec.seeded).toBeUndefined();
  });
});

test('what draws nothing is kept whatever the seed of the run', async () => {
  const store = memoryCacheStore();
  const inner = linearSVC({ tol: 0.1 });
  const train = vi.fn(inner.train.bind(inner));
  // Folds that fit did not train along: other rows stand between.
  const made = pipeline('kept', rows, fit({ ...inner, train }), rows, crossValidate({ folds: 2 }));
  const first = await outputsOf(made, 1, store);
  const calls = train.mock.calls.length;
  const second = await outputsOf(made, 2, store);
  expect(train.mock.calls.length).toBe(calls);
  expect(second['cross-validate']!['foldScores']).toEqual(first['cross-validate']!['foldScores']);
});
