// Plans and explanations must agree with what the engine then does, and must not do any of it.
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { branch } from '../../src/dsl/graph/compose.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import { countedAlike, type Stage } from '../../src/dsl/stage/stage.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import type { ResultCache } from '../../src/runtime/engine/options.ts';
import { explain } from '../../src/runtime/keys/explain.ts';
import { planOf } from '../../src/runtime/keys/plan.ts';
import { run, type RunResult } from '../../src/runtime/run.ts';
import { diffRuns } from '../../src/runtime/runDiff.ts';

type Has<K extends string> = { readonly [key in K]: number };

let executed = 0;
// Made anew it stands for the same line of a file that was loaded again.
const seven = countedAlike((value: number = 7): Stage<object, Has<'a'>> =>
  stage({ id: 'seven', needs: [], provides: ['a'], params: { value }, run: () => (executed++, { a: value }) }),
);
const double = stage({ id: 'double', needs: ['a'], provides: ['b'], run: ({ a }: Has<'a'>) => (executed++, { b: 2 * a }), output: ({ b }) => ({ b }) });
const parity = stage({ id: 'parity', needs: ['b'], provides: ['c'], run: ({ b }: Has<'b'>) => (executed++, { c: b % 2 }) });
const three = (value?: number): Pipeline => pipeline('three', seven(value), double, parity);

function cacheOf(code: Record<string, string> = {}): ResultCache {
  return {
    store: memoryCacheStore(),
    code: { closure: async () => code, packageDigests: async () => ({ code: 'own', kernels: 'kernels' }), text: async () => '' },
  };
}

function runOf(one: Pipeline, cache: ResultCache): Promise<RunResult> {
  const none = (): Promise<never> => Promise.reject(new Error('not here'));
  return run(one, { files: { read: none }, openCompute: none, emit: () => {}, signal: new AbortController().signal, cache });
}

function recordOf(result: RunResult, id = 'r1'): RunRecord {
  const stages = result.stages.map(({ path, status, ms, identity }) => ({
    path,
    status,
    ms,
    params: {},
    parts: identity?.parts,
    output: result.outputs[path],
  }));
  return { id, file: 'p.ts', pipeline: 'three', stages } as never as RunRecord;
}

const doing = async (one: Pipeline, options: Parameters<typeof planOf>[1]): Promise<readonly string[]> =>
  (await planOf(one, options)).map(({ node, does, until }) => `${node.path} ${does}${until.length > 0 ? ` until ${until.join()}` : ''}`);

test('a plan knows the parts that the engine then finds, and executes nothing', async () => {
  const cache = cacheOf();
  executed = 0;
  expect(await doing(three(), { cache })).toEqual(['seven runs', 'double waits until seven', 'parity waits until seven']);
  expect(executed).toBe(0);
  const { stages } = await runOf(three(), cache);
  expect(executed).toBe(3);
  const plan = await planOf(three(), { cache });
  expect(plan.map(({ does }) => does)).toEqual(['cached', 'cached', 'cached']);
  expect(plan.map(({ parts }) => parts)).toEqual(stages.map(({ identity }) => identity!.parts));
  expect(await doing(three(), {})).toEqual(['seven runs', 'double runs until seven', 'parity runs until double']);
});

test('a plan follows the selection', async () => {
  const cache = cacheOf();
  expect(await doing(three(), { cache, selection: { only: 'parity' } })).toEqual(['seven missing', 'double missing until seven', 'parity runs until double']);
  await runOf(three(), cache);
  expect(await doing(three(), { cache, selection: { force: ['double'] } })).toEqual(['seven cached', 'double runs', 'parity waits until double']);
  expect(await doing(three(), { cache, selection: { to: 'double' } })).toEqual(['seven cached', 'double cached']);
  await expect(planOf(three(), { cache, selection: { to: 'nothing' } })).rejects.toMatchObject({ code: 'E_USAGE' });
});

test('a join waits for the branch that runs', async () => {
  const cache = cacheOf();
  const join = stage({
    id: 'join',
    needs: ['x', 'y'],
    provides: ['sum'],
    run: ({ x, y }: { readonly x: Has<'b'>; readonly y: Has<'c'> }) => ({ sum: x.b + y.c }),
  });
  const fresh = withPolicy(parity, { cache: false });
  const joined = pipeline('joined', seven(), branch({ x: [double], y: [double, fresh] }), join);
  await runOf(joined, cache);
  expect(await doing(joined, { cache })).toEqual(['seven cached', 'x/double cached', 'y/parity runs', 'join waits until y/parity']);
});

test('an explanation goes up to where the change began', async () => {
  const cache = cacheOf();
  const record = recordOf(await runOf(three(), cache));
  const why = async (one: Pipeline, path: string, keep = cache, records = [record]): Promise<string> => {
    const plan = await planOf(one, { cache: keep });
    return explain(
      plan.find(({ node }) => node.path === path)!,
      plan,
      records,
      'p.ts',
    );
  };
  expect(await why(three(), 'parity')).toBe('parity comes from the cache: nothing it depends on changed since run r1.');
  expect(await why(three(8), 'seven')).toBe('seven runs: its param value changed from 7 to 8.');
  expect(await why(three(8), 'parity')).toBe(
    "parity runs: its input 'b' changed, because stage seven's param value changed from 7 to 8. If seven provides the same as then, parity comes from the cache.",
  );
  expect(await why(three(), 'parity', cache, [])).toBe('parity comes from the cache; no run of this file is recorded.');
  expect(await why(three(8), 'parity', cache, [])).toBe('parity runs: it never ran.');
  expect(await why(three(), 'seven', cacheOf())).toBe('seven runs: its result is no longer in the cache.');
  expect(await why(three(), 'double', cacheOf())).toBe('double runs: it waits for seven, no longer in the cache.');
  expect(await why(three(), 'seven', cacheOf({ 'helper.ts': '1' }))).toBe('seven runs: its code now imports helper.ts.');
  const often = pipeline('often', withPolicy(seven(), { cache: false }), double);
  expect(await why(often, 'seven')).toBe('seven runs: its policy is cache: false.');
  expect(await why(often, 'double')).toMatch(/^double runs: its input 'a' may change: stage seven runs every time, since its policy is cache: false\./);
  const other = stage({ id: 'other', needs: ['a'], provides: ['a'], run: ({ a }: Has<'a'>) => ({ a }) });
  expect(await why(pipeline('four', seven(), other, double), 'double')).toMatch(/^double runs: its input 'a' changed, because stage other is new\./);

  // A result kept by an older run: cached, and different from the last one.
  const newer = recordOf(await runOf(three(8), cache), 'r2');
  expect(await why(three(), 'double', cache, [record, newer])).toBe(
    "double comes from the cache: a run with the same parts kept it. Since run r2, its input 'a' changed, because stage seven's param value changed from 8 to 7.",
  );
});

test('a change that ends on its way is none for what stands behind', async () => {
  const cache = cacheOf();
  const after = stage({ id: 'after', needs: ['c'], provides: ['d'], run: ({ c }: Has<'c'>) => ({ d: c }) });
  const four = (value: number): Pipeline => pipeline('four', seven(value), double, parity, after);
  const record = recordOf(await runOf(four(7), cache));
  await runOf(four(8), cache); // twice anything is even
  const plan = await planOf(four(8), { cache });
  expect(explain(plan[3]!, plan, [record], 'p.ts')).toBe('after comes from the cache: nothing it depends on changed since run r1.');
});

test('a stage that failed says so', async () => {
  const failing = pipeline(
    'failing',
    stage({
      id: 'fails',
      needs: [],
      provides: [],
      run: (): object => {
        throw new Error('no');
      },
    }),
  );
  const cache = cacheOf();
  const plan = await planOf(failing, { cache });
  const record = recordOf(await runOf(failing, cache));
  expect(explain(plan[0]!, plan, [record], 'p.ts')).toBe('fails runs: it failed in run r1.');
});

test('a difference names parts, outputs by leaf, and stages that only one run has', async () => {
  const cache = cacheOf();
  const [a, b] = [recordOf(await runOf(three(7), cache)), recordOf(await runOf(pipeline('two', seven(8), double), cache), 'r2')];
  const { runs, stages } = diffRuns(a, b);
  expect(runs).toEqual(['r1', 'r2']);
  expect(stages.map(({ path, status, outputs }) => ({ path, status, outputs }))).toEqual([
    { path: 'seven', status: ['ran', 'ran'], outputs: [] },
    { path: 'double', status: ['ran', 'ran'], outputs: [{ name: 'b', before: 14, after: 16 }] },
    { path: 'parity', status: ['ran', 'absent'], outputs: [] },
  ]);
  expect(stages[1]!.parts.map(({ part }) => part)).toEqual(['input a']);
  const nested = (value: number): RunRecord => ({ ...a, stages: [{ path: 's', status: 'ran', params: { grid: { C: [1, value] } } }] });
  expect(diffRuns(nested(1), nested(2)).stages[0]!.params).toEqual([{ name: 'grid.C.1', before: 1, after: 2 }]);
});
