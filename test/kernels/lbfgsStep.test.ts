// The kernel of the solver on the device, launch by launch against the same in float64, on functions and on whatever.
import { expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import type { Compute, DeviceBuffer } from '../../src/core/compute.ts';
import { ENDS, PHASES, readState, VECTORS, type LbfgsState } from '../../src/kernels/lbfgsStep/lbfgsState.ts';
import { lbfgsStep } from '../../src/kernels/lbfgsStep/lbfgsStep.ts';
import { decodeWeightColumns } from '../../src/kernels/lib/unpack.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { checkKernel } from '../../src/testing.ts';
import { drawnSearch, type DrawnSearch } from '../../src/testing/draws/search.ts';

const compute = await testCompute();
const host = new ReferenceCompute();

type Buffers = Record<keyof ReturnType<typeof drawnSearch>['buffers'], Float32Array | Uint32Array>;

const bytesOf = ({ buffer }: Float32Array | Uint32Array): ArrayBuffer => buffer as ArrayBuffer;
const statesOf = ({ states }: Buffers, models: number): readonly LbfgsState[] => Array.from({ length: models }, (_, slot) => readState(bytesOf(states), slot));

/** What a launch makes of the buffers, by default of the reference. */
async function advanced(buffers: Buffers, launch: ReturnType<typeof drawnSearch>['launch'], on: Compute = host): Promise<Buffers> {
  const held = Object.entries(buffers).map(([name, data]): [string, DeviceBuffer] => [
    name,
    on.upload(name, data.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(bytesOf(data)))),
  ]);
  await on.launch(lbfgsStep, { ...launch, bindings: Object.fromEntries(held) as Record<keyof Buffers, DeviceBuffer> });
  const read = held.map(async ([name, buffer]) => {
    const bytes = await on.read(buffer);
    return [name, buffers[name as keyof Buffers] instanceof Uint32Array ? new Uint32Array(bytes) : new Float32Array(bytes)] as const;
  });
  const after = Object.fromEntries(await Promise.all(read)) as Buffers;
  on.release(...held.map(([, buffer]) => buffer));
  return after;
}

/** Launches the kernel until every model is done, each time on what float64 made of the launch before. */
async function followed(drawn: DrawnSearch, most: number, evaluate?: (buffers: Buffers) => Pick<Buffers, 'losses' | 'sums'>): Promise<readonly LbfgsState[]> {
  const { launch, buffers, numbers, evaluation } = drawnSearch(drawn);
  let now: Buffers = buffers;
  for (let round = 0; round < most && statesOf(now, drawn.models).some(({ phase }) => PHASES[phase] !== 'done'); round++) {
    now = { ...now, ...(evaluate?.(now) ?? evaluation()) };
    const launched = { ...launch, params: { ...launch.params, round: round % 8 } };
    await checkKernel(lbfgsStep, { ...launched, buffers: now }, { compute, numbers, tolerance: 1e-6 });
    now = await advanced(now, launched);
  }
  return statesOf(now, drawn.models);
}

const plain = { models: 3, classes: 1, cols: 9, intercept: true, affine: false, level: false, tolerance: 1e-4, maxIter: 100 };

/** Evaluates the sum of curved squares and a steep fourth power at the step that each model tries. */
function steep({ models, cols, intercept }: DrawnSearch): (buffers: Buffers) => Pick<Buffers, 'losses' | 'sums'> {
  const width = cols + Number(intercept);
  const words = Math.ceil((cols + 1) / 4);
  const at = (x: Float64Array): readonly [number, Float64Array] => {
    const away = x.map((value, j) => value - Math.sin(j + 1));
    const sum = away.reduce((all, value) => all + value, 0);
    const value = away.reduce((all, u, j) => all + (0.2 + j) * u * u * 0.5, sum ** 4 / 4);
    return [value, away.map((u, j) => (0.2 + j) * u + sum ** 3)];
  };
  return ({ tried, vectors, losses, sums }) => {
    const weight = 7; // of all rows
    const next = { losses: new Float32Array(losses.length), sums: new Float32Array(sums.length) };
    for (const [model, { slot, step }] of decodeWeightColumns(bytesOf(tried)).slice(0, models).entries()) {
      const part = (kind: number): Float64Array => Float64Array.from(vectors.subarray((slot * VECTORS + kind) * width, (slot * VECTORS + kind + 1) * width));
      const low = part(1);
      const x = part(0).map((value, j) => value + low[j]!);
      const direction = part(4);
      const [value, gradient] = at(x.map((value, j) => value + step * direction[j]!));
      const slope = gradient.reduce((all, g, j) => all + g * direction[j]!, 0);
      next.losses.set([(value - at(x)[0]) * weight, slope * weight], model * (losses.length / models));
      next.sums.set(
        gradient.map((g) => g * weight),
        model * words * 4,
      );
    }
    return next;
  };
}

test.each([
  ['to its minimum', { ...plain, seed: 1 }, 'converged'],
  ['without an intercept', { ...plain, seed: 2, models: 1, cols: 12, intercept: false }, 'converged'],
  ['until the function falls no further', { ...plain, seed: 3, models: 2, tolerance: 0 }, 'flat'],
  ['for few iterations', { ...plain, seed: 5, models: 4, maxIter: 3 }, 'max-iter'],
  ['for none', { ...plain, seed: 6, models: 2, maxIter: 0 }, 'max-iter'],
  ['where the tolerance is met at once', { ...plain, seed: 7, tolerance: 1e9 }, 'converged'],
])('a search, launch by launch: %s', async (_, drawn, end) => {
  const states = await followed(drawn, 100, steep(drawn));
  expect(states.map((state) => ENDS[state.end])).toContain(end);
  for (const { iterations, evaluations, phase } of states) {
    expect(PHASES[phase]).toBe('done');
    if (drawn.maxIter === 100 && drawn.tolerance < 1) expect(iterations).toBeGreaterThan(12); // once round the ring of pairs
    expect(evaluations).toBeGreaterThan(iterations);
  }
});

test.each([
  ['more columns than lanes, in frames', { ...plain, seed: 3, models: 2, cols: 131, affine: true }],
  ['three classes', { ...plain, seed: 4, models: 4, classes: 3, cols: 10, level: true }],
])('a search of whatever is found, launch by launch: %s', async (_, drawn) => {
  const states = await followed(drawn, 5);
  for (const { evaluations } of states) expect(evaluations).toBe(5);
});

test.each([1e25, 1.1e38])('a slope beyond all numbers leaves no direction: gradients of %d', async (large) => {
  const drawn = { ...plain, seed: 8, models: 2 };
  const { launch, buffers } = drawnSearch(drawn);
  const steep = { ...buffers, sums: buffers.sums.map(() => large) };
  const size = drawn.cols + 1;
  for (const on of [compute, host]) {
    const after = await advanced(steep, launch, on);
    for (const [slot, { phase, end, step }] of statesOf(after, drawn.models).entries()) {
      expect([PHASES[phase], ENDS[end], step]).toEqual(['done', 'stalled', 0]);
      const direction = after.vectors.subarray((slot * VECTORS + 4) * size, (slot * VECTORS + 6) * size);
      expect(Array.from(direction, Math.abs)).toEqual(Array.from(direction, () => 0));
    }
    expect(Array.from(after.weights, Math.abs)).toEqual(Array.from(after.weights, () => 0));
  }
});
