// Linear models whose solver stays on the device, against scikit-learn's figures and against the solver on the host.
import { describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { fits, largeOf, optionsOf, type FitRow } from '../support/logisticFits.ts';
import { stageContext } from '../support/smallSets.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { placed } from '../../src/estimators/linear/fit/places.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import { tuneSolver } from '../../src/estimators/linear/tuning/solver.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { tileShape } from '../../src/kernels/lib/tiles.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import { foldsOf } from '../../src/validation/folding.ts';

const compute = await testCompute();
const onDevice: Compute = { ...compute, solver: 'device' };
const onHost: Compute = { ...compute, solver: 'host' };

const DIGITS = largeOf({ data: 'digits', target: 'binary', weighted: false });
const IRIS = largeOf({ data: 'iris', target: 'binary', weighted: false });

async function modelOf(row: FitRow, on: Compute) {
  const [trained] = await logisticRegression(optionsOf(row.params)).train(largeOf(row), [{ name: 'fit' }], {}, stageContext(on));
  return trained!.model;
}

const distance = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  Math.hypot(...a.flatMap((column, c) => Array.from(column, (value, j) => value - b[c]![j]!))) / Math.hypot(...b.flatMap((column) => Array.from(column)));

test.each(fits.filter(({ label }) => label === 'defaults' || label === 'tol=0.1'))(
  "as many iterations as scikit-learn's and the host's: $data, $target, $label",
  async (row) => {
    const [device, host] = [await modelOf(row, onDevice), await modelOf(row, onHost)];
    expect(device.nIter).toBe(row.n_iter[0]);
    expect(device.nIter).toBe(host.nIter);
    expect(device.summary['status']).toBe(host.summary['status']);
    expect(distance(device.coef, row.coef)).toBeLessThan(0.05);
    // f32 gradients leave 100 iterations on their way; all others end within rounding.
    expect(distance(device.coef, host.coef)).toBeLessThan(row.n_iter[0]! < 30 ? 1e-5 : 0.05);
  },
);

test.each(fits.filter(({ data, label }) => data === 'iris' && label !== 'defaults' && label !== 'tol=0.1'))(
  "scikit-learn's coefficients: iris, $target, $label",
  async (row) => {
    const device = await modelOf(row, onDevice);
    expect(distance(device.coef, row.coef)).toBeLessThan(1e-5);
    device.intercept.forEach((value, c) => expect(value).toBeCloseTo(row.intercept[c]!, 4));
  },
);

const whenUnderWay =
  (then: () => void): StageContext['emit'] =>
  ({ type }) => {
    if (type === 'fit-progress') then();
  };

describe('many models at once', () => {
  const set = DIGITS;
  const folds = foldsOf(set, { folds: 3, stratified: true });
  const jobs = [
    { name: 'all' },
    ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut })),
    ...[0.01, 1e3].map((C) => ({ name: `C ${C}`, params: { C } })),
    { name: 'few', params: { maxIter: 3 } },
  ];
  const train = (order: readonly number[], context: StageContext = stageContext(onDevice)) =>
    logisticRegression({ tol: 1e-2 }).train(
      set,
      order.map((i) => jobs[i]!),
      { folds },
      context,
    );
  const order = [...jobs.keys()];

  test('two runs are bit-equal, and so are models in another order, and alone', async () => {
    const [first, again, turned] = [await train(order), await train(order), await train(order.toReversed())];
    first.forEach(({ model, heldOut }, i) => {
      for (const { model: other, heldOut: scores } of [again[i]!, turned[jobs.length - 1 - i]!]) {
        expect(other.coef).toEqual(model.coef);
        expect(other.intercept).toEqual(model.intercept);
        expect(other.nIter).toBe(model.nIter);
        expect(scores).toEqual(heldOut);
      }
    });
    for (const some of [[2], [0], [4, 1]]) {
      const found = await train(some);
      expect(found.map(({ model: { coef } }) => coef)).toEqual(some.map((i) => first[i]!.model.coef));
    }
    const host = await train(order, stageContext(onHost));
    expect(first.map(({ model }) => model.nIter)).toEqual(host.map(({ model }) => model.nIter));
  });

  test('progress goes forward iteration by iteration, the course is whole, and what stops early is told', async () => {
    const events: RunEvent[] = [];
    await train(order, stageContext(onDevice, events));
    const told = events.filter((event) => event.type === 'fit-progress');
    const of = (model: string): number[] => told.map(({ models }) => models.find((one) => one.model === model)!.iteration);
    expect(of('all').length).toBeGreaterThan(2);
    expect(of('all')).toEqual(of('all').toSorted((a, b) => a - b));
    expect(told.at(-1)!.models.every(({ done }) => done)).toBe(true);
    const history = events.find((event) => event.type === 'history')!;
    const loss = history.models[0]!.loss;
    expect(loss).toHaveLength(of('all').at(-1)! + 1);
    expect(loss[0]).toBeCloseTo(Math.log(2), 6);
    loss.slice(1).forEach((value, i) => expect(value).toBeLessThan(loss[i]!));
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({ code: 'W_CONVERGENCE', message: expect.stringContaining('few stopped after 3') });
  });

  test('an abort is honoured between submits', async () => {
    const stop = new AbortController();
    await expect(train(order, { ...stageContext(onDevice), signal: stop.signal, emit: whenUnderWay(() => stop.abort()) })).rejects.toMatchObject({
      code: 'E_CANCELLED',
    });
  });

  test('a fit that was interrupted goes on bit for bit', async () => {
    const saved: unknown[] = [];
    const kept = (from: unknown): NonNullable<StageContext['checkpoints']> => ({
      next: () => ({ load: async () => structuredClone(from), due: () => true, save: (state) => void saved.push(structuredClone(state)), finish: () => {} }),
      rewind: () => {},
    });
    const fit = async (from: unknown, events: RunEvent[] = []) => {
      const trained = await train(order, { ...stageContext(onDevice, events), checkpoints: kept(from) });
      return trained.map(({ model: { coef, intercept, nIter } }) => ({ coef, intercept, nIter }));
    };
    const whole = await fit(undefined);
    for (const from of saved.slice(0, 3)) {
      const events: RunEvent[] = [];
      expect(await fit(from, events)).toEqual(whole);
      expect(events.map(({ type }) => type)).toContain('fit-resumed');
    }
    expect(await fit({ ...(saved[0] as object), search: {} })).toEqual(whole);
  });

  test.each([
    ['device', onDevice, onHost],
    ['host', onHost, onDevice],
  ])('what a fit on the %s left is of no use in the other place', async (_, one, other) => {
    const saved: unknown[] = [];
    const fit = async (on: Compute, from: unknown, events: RunEvent[] = []) => {
      const checkpoint = {
        load: async () => structuredClone(from),
        due: () => true,
        save: (state: unknown) => void saved.push(structuredClone(state)),
        finish: () => {},
      };
      const context = { ...stageContext(on, events), checkpoints: { next: () => checkpoint, rewind: () => {} } };
      return (await train([0, 1], context)).map(({ model: { coef, intercept, nIter, summary } }) => ({ coef, intercept, nIter, solver: summary['solver'] }));
    };
    await fit(one, undefined);
    const left = saved[1];
    expect(left).toBeDefined();
    const whole = await fit(other, undefined);
    const events: RunEvent[] = [];
    expect(await fit(other, left, events)).toEqual(whole);
    expect(events.map(({ type }) => type)).not.toContain('fit-resumed');
    expect(whole.map(({ solver }) => solver)).toEqual(whole.map(() => (other.solver === 'device' ? 'device' : undefined)));
  });

  test('a warm start at the solution stays there', async () => {
    const [first] = await train([0]);
    const [second] = await logisticRegression({ tol: 2e-2, warmStart: first!.model }).train(set, [{ name: 'fit' }], {}, stageContext(onDevice));
    expect(first!.model.nIter).toBeGreaterThan(3);
    expect(second!.model.nIter).toBe(0);
    expect(second!.model.coef).toEqual(first!.model.coef);
  });
});

test('a penalty beyond f32 is left to the host', async () => {
  const options = { C: 1e-50 };
  const train = async (on: Compute) => (await logisticRegression(options).train(DIGITS, [{ name: 'fit' }], {}, stageContext(on)))[0]!.model;
  const [device, host] = [await train(onDevice), await train(onHost)];
  expect(device.nIter).toBe(host.nIter);
  expect(device.coef).toEqual(host.coef);
});

test('features too large to be squared are told as on the host', async () => {
  const set = IRIS;
  const x = matrix(
    150,
    4,
    Float64Array.from(set.x.data, (value) => value * 1e200),
  );
  for (const on of [onDevice, onHost])
    await expect(logisticRegression({ tol: 1e195 }).train({ ...set, x }, [{ name: 'fit' }], {}, stageContext(on))).rejects.toMatchObject({ code: 'E_DATA' });
});

test('another loss of one margin is searched for alike', async () => {
  const set = IRIS;
  const [device, host] = await Promise.all(
    [onDevice, onHost].map(async (on) => (await linearSVC({ tol: 1e-3 }).train(set, [{ name: 'fit' }], {}, stageContext(on)))[0]!.model.fields),
  );
  expect(device!.searches[0]!.nIter).toBe(host!.searches[0]!.nIter);
  expect(distance(device!.coef, host!.coef)).toBeLessThan(1e-4);
});

test('the device searches where it is told to, and its buffers have room', () => {
  const frame = { center: new Float64Array(4), unit: new Float64Array(4).fill(1), rms: new Float64Array(4).fill(1) };
  const shape = tileShape(100_000, 4, 'f32');
  const rows = { data: { shape, frame, blocks: [{ quads: shape.quads, offset: 0 }] } } as unknown as Parameters<typeof placed>[1];
  const problem = { penalty: 1, weightSum: 1, tol: 1e-4, target: {} };
  const given = { loss: logistic, shape: { cols: 4, columns: 1, fitIntercept: true } };
  const of = (on: Compute, ...problems: readonly object[]) => placed(on, rows, { ...given, problems } as unknown as Parameters<typeof placed>[2]);
  expect(of(onDevice, problem)).toEqual([{ place: 'device', members: [0] }]);
  expect(of(onHost, problem)).toEqual([{ place: 'host', members: [0] }]);
  expect(of({ ...onDevice, solver: undefined }, problem)).toEqual([{ place: 'host', members: [0] }]);
  expect(of({ ...onDevice, limits: { ...compute.limits, maxBindingBytes: 16 } }, problem)).toEqual([{ place: 'host', members: [0] }]);
  // Each by itself, and as many at once as there is room for.
  const odd = { ...problem, penalty: 1e30 };
  const tight = { ...problem, tol: 1e-12 };
  expect(of(onDevice, problem, odd, tight, problem)).toEqual([
    { place: 'float64', members: [2] },
    { place: 'device', members: [0, 3] },
    { place: 'host', members: [1] },
  ]);
  const small = { ...onHost, limits: { ...compute.limits, maxBindingBytes: 1.3e6 } };
  expect(of(small, problem, problem, problem)).toEqual([
    { place: 'host', members: [0, 1] },
    { place: 'host', members: [2] },
  ]);
});

test('where reads take long, the device is measured to be faster', async () => {
  const slow: Compute = {
    ...compute,
    lend: async (...given) => {
      const lent = await compute.lend(...(given as Parameters<Compute['lend']>));
      await new Promise((resolve) => setTimeout(resolve, 40));
      return lent as never;
    },
  };
  const { ms, kept } = await tuneSolver(slow, { rows: 1024, maxIter: 6 });
  expect(kept).toBe('device');
  expect(ms.host).toBeGreaterThan(12 * 40); // two reads an iteration
  expect(ms.device).toBeLessThan(ms.host);
});

// Last: nothing computes from here on.
test('a lost device is told', async () => {
  const training = logisticRegression().train(DIGITS, [{ name: 'fit' }], {}, { ...stageContext(onDevice), emit: whenUnderWay(() => compute.destroy()) });
  await expect(training).rejects.toMatchObject({ code: 'E_DEVICE' });
});
