// Stochastic gradient descent against scikit-learn's figures, and what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/sgd.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  matrix,
  pipeline,
  score,
  sgdClassifier,
  sgdRegressor,
  split,
  standardize,
  type SgdClassifierOptions,
  type SgdRegressorOptions,
} from '../../src/api.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Threads } from '../../src/core/threads.ts';
import type { Scaling } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { CLASS_LOSSES, VALUE_LOSSES, type RowLoss } from '../../src/estimators/sgd/losses.ts';
import { mayShift, rowsToStepOn } from '../../src/estimators/sgd/shifted.ts';
import { standardScalings } from '../../src/transforms/scaling.ts';
import { shuffle } from '../../src/estimators/sgd/draw.ts';
import { rowsOnHost } from '../../src/estimators/rows/rowsOnHost.ts';
import { runPipeline } from '../../src/node.ts';
import { builtThreads } from '../support/builtThreads.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { optionsOf, scalingOf } from '../support/gradients.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

describe("scikit-learn's weights", () => {
  test.each(figures.classifiers.map((row) => [`${row.data}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
    '%s',
    async (_, { data, weighted, params, ...expected }) => {
      const rows = figureSet(data);
      const weights = weighted ? { weights: thirds(rows.x.rows) } : {};
      const even = half({ ...rows, ...weights }, 0);
      const model = await fitted(sgdClassifier(optionsOf<SgdClassifierOptions>(params)), { ...even, scaling: scalingOf(data) }, compute);
      // Math.exp may differ in the last place from that of C, and the long first steps make that more.
      const allowed = params.loss === 'log_loss' && data === 'digits' ? 1e-3 : 1e-9;
      expect(model.fields.nIter).toBe(expected.n_iter);
      expectClose(model.fields.intercept, expected.intercept, allowed);
      if (expected.coef) for (const [k, coef] of expected.coef.entries()) expectClose(model.fields.coef[k]!, coef, allowed);
      const odd = half(rows, 1);
      expect([...(await model.predict(odd, context))]).toEqual(expected.predict);
      const first = { ...odd, rows: odd.rows.subarray(0, 5) };
      expectClose(await model.decisionFunction(first, context), expected.decision_first5, Math.max(allowed, 1e-5));
      if (expected.proba_first5) expectNear(await model.predictProba!(first, context), expected.proba_first5.flat(), Math.max(allowed, 1e-5));
      else expect(model.predictProba).toBeUndefined();
    },
  );
});

describe("scikit-learn's weights of values", () => {
  test.each(figures.regressors.map((row) => [`${row.data}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
    '%s',
    async (_, { data, weighted, params, ...expected }) => {
      const rows = valuedSet(data);
      const even = half({ ...rows, ...(weighted ? { weights: thirds(rows.x.rows) } : {}) }, 0);
      const model = await fitted(sgdRegressor(optionsOf<SgdRegressorOptions>(params)), { ...even, scaling: scalingOf(data) }, compute);
      expect(model.fields.nIter).toBe(expected.n_iter);
      expectClose(model.intercept, expected.intercept, 1e-9);
      expectClose(model.coef[0]!, expected.coef[0]!, 1e-9);
      const odd = half(rows, 1);
      expectClose(await model.predict({ ...odd, rows: odd.rows.subarray(0, 5) }, context), expected.predict_first5, 1e-6);
      expectNear([await model.score(odd, context)], [expected.r2], 1e-6);
    },
  );

  test('each of two outputs is learned as it is alone', async () => {
    const rows = valuedSet('diabetes with two outputs');
    const options = { eta0: 0.001, maxIter: 30, tol: null, earlyStopping: true, seed: 2 } as const;
    const both = await fitted(sgdRegressor(options), rows, compute);
    for (const output of [0, 1]) {
      const values = matrix(
        rows.x.rows,
        1,
        Float64Array.from({ length: rows.x.rows }, (_, row) => rows.values.data[2 * row + output]!),
      );
      const alone = await fitted(sgdRegressor(options), { ...rows, values }, compute);
      expect(alone.coef[0]).toEqual(both.coef[output]);
      expect(alone.intercept[0]).toBe(both.intercept[output]);
    }
  });
});

test('folds, points of a grid and scalings of their own, trained together, are learned as each alone', async () => {
  const iris = rawSet('iris');
  // Folds of several sizes: what is side by side ends its passes at different times.
  const fold = Uint8Array.from(iris.rows, (row) => (row % 15 < 4 ? 0 : row % 3 === 0 ? 1 : 2));
  const values = matrix(
    150,
    1,
    Float64Array.from({ length: 150 }, (_, row) => iris.x.data[4 * row + 2]!),
  );
  const scaling = { shift: Float64Array.of(5, 3, 4, 1), factor: Float64Array.of(1, 2, 0.5, 1) };
  const points = [{ maxIter: 3 }, { alpha: 0.01, earlyStopping: true }, { maxIter: 7, tol: null, average: true, penalty: 'l1' }] as const;
  for (const [estimator, rows] of [
    [sgdClassifier({ seed: 3, classWeight: 'balanced' }), { ...iris, weights: thirds(150) }],
    [sgdRegressor({ seed: 3 }), { name: 'iris', role: 'train', x: iris.x, rows: iris.rows, values }],
  ] as const) {
    const jobs = points.flatMap((params, i) =>
      [undefined, 0, 1, 2].map((heldOut) => ({
        name: `${i} ${heldOut}`,
        params,
        ...(heldOut === undefined ? {} : { heldOut }),
        ...(i === 1 ? { scaling } : {}),
      })),
    );
    const together = await estimator.train(rows as never, jobs, { folds: { count: 3, fold } }, context);
    for (const [at, { params, heldOut, scaling: own }] of jobs.entries()) {
      const left = rows.rows.filter((_, row) => fold[row] !== heldOut);
      const [alone] = await estimator.train({ ...rows, rows: left, scaling: own } as never, [{ name: 'alone', params }], {}, context);
      expect(together[at]!.model.fields, jobs[at]!.name).toEqual(alone!.model.fields);
    }
  }
});

const LOSSES: readonly (readonly [string, RowLoss, readonly number[]])[] = [
  ...Object.entries(CLASS_LOSSES).map(([name, loss]) => [name, loss, [loss.others, 1]] as const),
  ...Object.entries(VALUE_LOSSES).map(([name, make]) => [name, make(0.3), [-1.7, 0, 2.2]] as const),
];

test.each(LOSSES)('%s: its gradient is the slope of its value, and it is convex', (_, { value, gradient }, targets) => {
  const step = 1e-6;
  for (const target of targets) {
    let before = -Infinity;
    // Corners of the losses are at tenths.
    for (let said = -40.037; said < 40; said += 0.0713) {
      const slope = (value(target, said + step) - value(target, said - step)) / (2 * step);
      expect(Math.abs(gradient(target, said) - slope)).toBeLessThan(1e-5);
      expect(value(target, said)).toBeGreaterThanOrEqual(0);
      expect(gradient(target, said)).toBeGreaterThanOrEqual(before - 1e-12);
      before = gradient(target, said);
    }
  }
});

test('an order of rows has each of them, goes on from the one before, and may have the seed 0', () => {
  for (const seed of [0, 1, 2 ** 31 - 2]) {
    const order = Uint32Array.from({ length: 1000 }, (_, i) => i);
    shuffle(order, seed);
    const first = order.slice();
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    shuffle(order, seed);
    expect(order).not.toEqual(first);
  }
});

describe('rows', () => {
  const digits = rawSet('digits');
  const rows = { ...digits, rows: digits.rows.subarray(0, 300) };

  test.each(['l2', 'l1', 'elasticNet', null] as const)(
    'bytes, floats and sparse rows give one model, with and without their zeros: penalty %s',
    async (penalty) => {
      const options = { penalty, loss: 'logLoss', alpha: 0.01, maxIter: 5, tol: null, average: 50, seed: 3 } as const;
      const { fields } = await fitted(sgdClassifier(options), rows, compute);
      for (const x of [matrix(digits.x.rows, 64, Float32Array.from(digits.x.data)), sparseOf(digits.x)]) {
        expect((await fitted(sgdClassifier(options), { ...rows, x }, compute)).fields).toEqual(fields);
      }
      // What is held, with and without zeros.
      const held = await Promise.all(
        [
          rows,
          {
            ...rows,
            x: matrix(
              digits.x.rows,
              64,
              digits.x.data.map((value) => value + 1),
            ),
          },
        ].map(rowsOnHost),
      );
      expect(held.map(({ sparse }) => sparse !== undefined)).toEqual([true, false]);
    },
  );

  test('rows that weigh nothing say nothing, and whole weights are lengths of steps', async () => {
    const options = { loss: 'logLoss', learningRate: 'constant', maxIter: 4, tol: null, seed: 1 } as const;
    const weights = Float32Array.from(digits.labels, (_, id) => Number(id % 2));
    const data = digits.x.data.map((value, at) => (Math.floor(at / 64) % 2 === 1 ? value : 16 - value));
    const model = await fitted(sgdClassifier({ ...options, penalty: null }), { ...rows, weights }, compute);
    const altered = await fitted(sgdClassifier({ ...options, penalty: null }), { ...rows, weights, x: matrix(digits.x.rows, 64, data) }, compute);
    expect(altered.fields).toEqual(model.fields);
    const twice = await fitted(sgdClassifier({ ...options, penalty: null, eta0: 0.005 }), { ...rows, weights: weights.map((weight) => 2 * weight) }, compute);
    for (const [k, coef] of model.fields.coef.entries()) expectClose(twice.fields.coef[k]!, coef, 1e-12);
  });
});

describe('rows without their zeros, on a scale that has others', () => {
  const digits = rawSet('digits');
  const data = { ...digits, rows: digits.rows.subarray(0, 400), weights: thirds(digits.x.rows) };
  const values = matrix(
    digits.x.rows,
    1,
    Float64Array.from(digits.labels, (label) => label),
  );

  /** As a matrix of features as they are meant. */
  async function written(): Promise<{ readonly scaling: Scaling; readonly x: Matrix<'f64'> }> {
    const scaling = (await standardScalings(data, undefined))(undefined, undefined);
    const x = Float64Array.from(digits.x.data, (value, at) => (value - scaling.shift[at % 64]!) * scaling.factor[at % 64]!);
    return { scaling, x: matrix(digits.x.rows, 64, x) };
  }

  test.each([
    {},
    { penalty: null, fitIntercept: false, maxIter: 5, tol: null },
    { alpha: 0.5, learningRate: 'constant', eta0: 0.1, maxIter: 5, tol: null }, // what shrinks is multiplied in
    { loss: 'perceptron', average: 100, earlyStopping: true },
    { learningRate: 'adaptive', eta0: 0.1, average: true, classWeight: 'balanced' },
  ] as const)('are learned as those with them are: %j', async (options) => {
    const { scaling, x } = await written();
    const estimator = sgdClassifier({ seed: 2, ...options });
    const model = await fitted(estimator, { ...data, x }, compute);
    for (const held of [digits.x, sparseOf(digits.x)]) {
      const { fields } = await fitted(estimator, { ...data, x: held, scaling }, compute);
      expect(fields.nIter).toBe(model.fields.nIter);
      expectClose(fields.intercept, model.fields.intercept, 1e-9);
      for (const [k, coef] of model.fields.coef.entries()) expectClose(fields.coef[k]!, coef, 1e-9);
    }
    const byValue = sgdRegressor({ seed: 2, loss: 'epsilonInsensitive', average: 'average' in options });
    const rows = { name: 'digits', role: 'train', rows: data.rows, values } as const;
    const of = await fitted(byValue, { ...rows, x }, compute);
    expectClose((await fitted(byValue, { ...rows, x: digits.x, scaling }, compute)).coef[0]!, of.coef[0]!, 1e-9);
  });

  test('side by side with models that need them written out, each is learned as alone', async () => {
    const { scaling } = await written();
    const points = [{ maxIter: 3 }, { penalty: 'l1', maxIter: 4 }, { loss: 'logLoss', maxIter: 2 }, { average: true, maxIter: 5 }] as const;
    const jobs = points.map((params, i) => ({ name: `${i}`, params }));
    const estimator = sgdClassifier({ seed: 3, tol: null });
    const together = await estimator.train({ ...data, scaling }, jobs, {}, context);
    for (const [at, job] of jobs.entries()) {
      const [alone] = await estimator.train({ ...data, scaling }, [job], {}, context);
      expect(together[at]!.model.fields).toEqual(alone!.model.fields);
    }
  });

  test('are held so where that loses no digits', async () => {
    const { scaling } = await written();
    const isShifted = async (given: Scaling, shifted = true) => (await rowsToStepOn({ ...data, scaling: given }, { shifted })).shifted !== undefined;
    const altered = (of: 'shift' | 'factor', column: number, value: number): Scaling => ({ ...scaling, [of]: scaling[of].with(column, value) });
    expect(await isShifted(scaling)).toBe(true);
    expect(await isShifted(scaling, false)).toBe(false);
    expect(await isShifted(altered('shift', 10, 1e4))).toBe(false);
    expect(await isShifted(altered('factor', 10, 0))).toBe(false);
    expect(await isShifted(altered('factor', 0, 1e200))).toBe(false);
    expect(await isShifted({ ...scaling, shift: new Float64Array(64) })).toBe(false);
    for (const [loss, penalty, may] of [
      ['hinge', 'l2', true],
      ['logLoss', 'l2', false],
      ['hinge', 'elasticNet', false],
    ] as const)
      expect(mayShift({ loss, penalty } as Parameters<typeof mayShift>[0])).toBe(may);
  });
});

test('through a pipeline: chain, folds, and a warning where passes do not suffice', async () => {
  const data = rawSet('iris');
  const rows = new RandomState(1).permutation(150);
  const made = pipeline(
    'descent',
    fetch({ name: 'iris', load: async () => ({ ...data, rows, role: 'all' as const }) }),
    split({ train: [0, 120], test: [120, 150] }),
    fit(chain(standardize(), sgdClassifier({ loss: 'logLoss', maxIter: 4 }))),
    score({ on: 'test' }),
    crossValidate({ folds: 3 }),
  );
  const events: RunEvent[] = [];
  const { status, error, outputs } = await runPipeline(made, { onEvent: (event) => events.push(event) });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.8);
  expect(events.filter((event) => event.type === 'warning').map(({ code }) => code)).toContain('W_CONVERGENCE');
});

test('what cannot be is refused by name', async () => {
  const iris = rawSet('iris');
  expect(() => sgdClassifier({ alpha: 0 })).toThrow("learningRate: 'optimal' divides by alpha");
  expect(() => sgdClassifier({ alpha: 0, learningRate: 'constant' })).not.toThrow();
  expect(() => sgdClassifier({ loss: 'hings' as 'hinge' })).toThrow("'hings' is none of hinge");
  const large = matrix(
    150,
    4,
    Float64Array.from(iris.x.data, (value) => value * 1e300),
  );
  await expect(fitted(sgdClassifier({ loss: 'squaredHinge' }), { ...iris, x: large }, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('became too large'),
    hint: expect.stringContaining('standardize()'),
  });
});

describe('threads', () => {
  const digits = rawSet('digits');
  // Rows enough for a thread to pay.
  const rows = { ...digits, rows: Uint32Array.from({ length: 24_000 }, (_, row) => digits.rows[(row * 7) % digits.rows.length]!) };
  const jobs = [{ name: 'fold 1', heldOut: 0 }, { name: 'fold 2', heldOut: 1 }, { name: 'fit' }];
  const folds = { count: 2, fold: Uint8Array.from(rows.rows, (_, row) => row % 2) };
  const scaling = { shift: new Float64Array(64).fill(2.5), factor: new Float64Array(64).fill(0.25) };
  const asked = async (threads: Threads | undefined, options: SgdClassifierOptions = {}, scaled: object = {}) =>
    (await sgdClassifier({ maxIter: 1, tol: null, seed: 5, ...options }).train({ ...rows, ...scaled } as never, jobs, { folds }, { ...context, threads })).map(
      ({ model }) => model.fields,
    );
  /** More than this machine may have, and how often they were asked, and failed. */
  const counted = (call: Threads['call']) => {
    const said = { asked: 0, failed: 0 };
    const threads: Threads = {
      others: 2,
      call: (...given) => {
        said.asked++;
        return call(...given).catch((error: unknown) => {
          said.failed++;
          throw error;
        });
      },
    };
    return { threads, said };
  };

  test('classes and folds that other threads learn are the same to the last bit', async () => {
    for (const scaled of [{}, { scaling }]) {
      const { threads, said } = counted(builtThreads.call);
      expect(await asked(threads, {}, scaled)).toEqual(await asked(undefined, {}, scaled));
      expect(said).toEqual({ asked: 2, failed: 0 });
    }
  });

  test('where there can be no thread, and of rows held back, all is learned here', async () => {
    const { threads, said } = counted(() => Promise.reject(new Error('no such module')));
    expect(await asked(threads)).toEqual(await asked(undefined));
    expect(said).toEqual({ asked: 2, failed: 2 });
    const stopping = { earlyStopping: true } as const;
    // Nor are the rows copied for others.
    const copies = vi.spyOn(globalThis, 'SharedArrayBuffer');
    expect(await asked(threads, stopping)).toEqual(await asked(undefined, stopping));
    expect(copies).not.toHaveBeenCalled();
    copies.mockRestore();
    expect(said.asked).toBe(2);
  });

  test('progress of several rounds of shares comes to its end', async () => {
    const { threads } = counted(() => Promise.reject(new Error('no such module')));
    const told: unknown[][] = [];
    const more = [...jobs, { name: 'fit again' }];
    const progress = (...one: unknown[]): void => void told.push(one);
    await sgdClassifier({ maxIter: 1, tol: null }).train(rows as never, more, { folds }, { ...context, threads: { ...threads, others: 1 }, progress });
    expect(told.filter(([, , unit]) => unit === 'shares').at(-1)).toEqual([2, 2, 'shares']);
  });

  test('a run that is stopped stops its threads', async () => {
    const stop = new AbortController();
    let ended = false;
    const threads: Threads = {
      others: 1,
      call: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(new Error('stopped'));
          });
          stop.abort();
        }),
    };
    const stopped = sgdClassifier({ maxIter: 1, tol: null }).train(rows as never, jobs, { folds }, { ...context, threads, signal: stop.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(ended).toBe(true);
  });

  test('what goes wrong in a thread is said as it is here', async () => {
    const large = { scaling: { shift: new Float64Array(64), factor: new Float64Array(64).fill(1e160) } };
    const { threads, said } = counted(builtThreads.call);
    const options = { loss: 'squaredHinge' } as const;
    const here = await asked(undefined, options, large).catch((error: unknown) => error);
    expect(here).toMatchObject({ code: 'E_DATA' });
    await expect(asked(threads, options, large)).rejects.toMatchObject({ code: 'E_DATA', message: (here as Error).message });
    expect(said.asked).toBe(2);
  });
});

test('an average that begins after the last step is none, and what has nothing to learn from is refused', async () => {
  const iris = rawSet('iris');
  const options = { maxIter: 2, tol: null, seed: 3 } as const;
  const plain = await fitted(sgdClassifier(options), iris, compute);
  // 300 steps are made, those of 15 rows that are held back left out of them.
  const late = await fitted(sgdClassifier({ ...options, earlyStopping: true, average: 290 }), iris, compute);
  const held = await fitted(sgdClassifier({ ...options, earlyStopping: true }), iris, compute);
  const none = await fitted(sgdClassifier({ ...options, average: 301 }), iris, compute);
  for (const [one, other] of [
    [none, plain],
    [late, held],
  ] as const)
    expect({ ...one.fields, progress: { ...one.fields.progress, average: 0 } }).toEqual(other.fields);
  expect(late.fields.coef.flatMap((own) => [...own]).some((weight) => weight !== 0)).toBe(true);
  const two = { ...iris, rows: iris.rows.subarray(0, 100), weights: Float32Array.from(iris.labels, (label) => label) };
  await expect(fitted(sgdClassifier({ classWeight: { 1: 0 } }), two, compute)).rejects.toMatchObject({ code: 'E_PARAMS' });
  const ten = Float64Array.from({ length: 10 }, (_, row) => row);
  const few = { name: 'few', role: 'train', x: matrix(10, 1, ten), values: matrix(10, 1, ten), rows: Uint32Array.from(ten) } as const;
  await expect(fitted(sgdRegressor({ earlyStopping: true }), few as never, compute)).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'sgdRegressor: validationFraction holds back one of the 10 rows of few; r2 needs two.',
  });
});
