import { beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { branch, fanOut } from '../../src/dsl/graph/compose.ts';
import { pipeline, pipelineOf, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched, Split } from '../../src/dsl/stage/state.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import type { CodeDigests } from '../../src/runtime/keys/identity.ts';
import { run } from '../../src/runtime/run.ts';
import type { Selection } from '../../src/runtime/engine/selection.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';
import { smallSource } from '../support/smallData.ts';

let store: CacheStore;
let ran: string[];
let codeOf: Record<string, string>;

beforeEach(() => {
  store = memoryCacheStore();
  ran = [];
  codeOf = {};
});

const code: CodeDigests = {
  closure: async (files) => Object.fromEntries(files.map((file) => [file, codeOf[file] ?? 'v1'])),
  packageDigests: async () => ({ code: 'package', kernels: 'wgsl' }),
  text: async () => '',
};

/** Runs and names the stages that ran, were cached and had values brought back. */
async function go(made: Pipeline, selection: Selection = {}, seed = 0) {
  const events: Record<string, unknown>[] = [];
  const result = await run(made, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: () => Promise.reject(new Error('no device here')),
    emit: (event) => events.push(event as never),
    signal: new AbortController().signal,
    cache: { store, code },
    selection,
    seed,
  });
  const named = (status: string): string[] => result.stages.filter((one) => one.status === status).map(({ path }) => path);
  const restored = events.filter(({ type }) => type === 'stage-restored').map(({ stage, key }) => `${stage as string} ${key as string}`);
  return { ...result, events, ran: named('ran'), cached: named('cached'), restored };
}

const source = { ...smallSource(), digest: 'small-1', code: [], load: async () => (ran.push('load'), smallSource().load(undefined as never, {})) };
const mean = stage({
  id: 'mean',
  needs: ['train'],
  provides: ['mean'],
  run: ({ train }: Pick<Split, 'train'>) => (ran.push('mean'), { mean: train.rows.reduce((sum, row) => sum + train.labels[row]!, 0) / train.rows.length }),
  output: (added) => added,
});
const twice = stage({
  id: 'twice',
  needs: ['mean'],
  provides: ['twice'],
  run: (state: { mean: number }) => (ran.push('twice'), { twice: 2 * state.mean }),
  output: (a) => a,
});
const made = (seed = 1, rows = 8): Pipeline => pipeline('small', fetch(source), split({ train: [0, rows], test: [10, 20] }), shuffle({ seed }), mean, twice);

describe('cache', () => {
  test('a second run executes nothing and gives the same outputs', async () => {
    const first = await go(made());
    expect(first.ran).toEqual(['fetch', 'split', 'shuffle', 'mean', 'twice']);
    const second = await go(made());
    expect({ ran: second.ran, restored: second.restored }).toEqual({ ran: [], restored: [] });
    expect(second.outputs).toEqual(first.outputs);
    expect(ran).toEqual(['load', 'mean', 'twice']);
  });

  test('a changed parameter runs what depends on it, until a result is the same again', async () => {
    await go(made(1));
    const other = await go(made(2));
    // Another order of the same rows: the mean runs again, comes out alike, and `twice` need not.
    expect(other.ran).toEqual(['shuffle', 'mean']);
    expect(other.cached).toEqual(['fetch', 'split', 'twice']);
    expect(other.restored).toEqual(['fetch data', 'split train']);
    expect((await go(made(2, 9))).ran).toEqual(['split', 'shuffle', 'mean', 'twice']);
  });

  test("changed code of a user's stage runs that stage", async () => {
    await go(made());
    codeOf[import.meta.filename] = 'v2';
    expect((await go(made())).ran).toEqual(['mean', 'twice']);
  });

  test('a stored value that vanished is computed again', async () => {
    // Larger than what is kept within an entry.
    const big = stage({ id: 'big', needs: ['data'], provides: ['big'], run: ({ data }: Fetched) => ({ big: new Float64Array(1000).fill(data.x.rows) }) });
    const sum = stage({
      id: 'sum',
      needs: ['big'],
      provides: ['sum'],
      run: (state: { big: Float64Array }) => ({ sum: state.big.reduce((a, b) => a + b) }),
      output: (a) => a,
    });
    const pipe = pipeline('big', fetch(source), big, sum);
    const first = await go(pipe);
    const getBlob = store.getBlob;
    store.getBlob = async () => undefined;
    const second = await go(pipe);
    expect(second.ran).toEqual(['big']);
    expect(second.outputs).toEqual(first.outputs);
    // Gone between the key check and the read.
    let reads = 0;
    store.getBlob = async (digest) => (reads++ < 1 ? getBlob(digest) : undefined);
    const third = await go(pipe, { force: ['sum'] });
    expect(third.ran).toEqual(['sum']);
    expect(third.outputs).toEqual(first.outputs);
    expect(third.events.some(({ code }) => code === 'W_CACHE_CORRUPT')).toBe(true);
  });

  test('what has no encoding is not kept, nor what reads it, and says why', async () => {
    const map = stage({ id: 'map', needs: ['data'], provides: ['map'], run: (_: Fetched) => ({ map: new URLSearchParams('a=1') }) });
    const size = stage({
      id: 'size',
      needs: ['map'],
      provides: ['size'],
      run: (state: { map: URLSearchParams }) => ({ size: state.map.size }),
      output: (a) => a,
    });
    const pipe = pipeline('maps', fetch(source), map, size);
    await go(pipe);
    const { ran, events, outputs } = await go(pipe);
    expect(ran).toEqual(['map', 'size']);
    expect(outputs['size']).toEqual({ size: 1 });
    expect(events.filter(({ type }) => type === 'stage-finished').map(({ uncached }) => uncached)).toEqual([
      undefined,
      "'map': value is a URLSearchParams, which has no encoding as data.",
      "its input 'map' has no encoding as data",
    ]);
  });

  test('objects that two values share come apart in no run: what would is not kept, where a stage reads both', async () => {
    type Graphs = { readonly nodes: readonly { readonly id: number }[]; readonly edges: readonly { readonly from: object }[] };
    const nodes = stage({ id: 'nodes', needs: [], provides: ['nodes'], run: () => ({ nodes: [{ id: 1 }, { id: 2 }] }) });
    const edges = stage({ id: 'edges', needs: ['nodes'], provides: ['edges'], run: ({ nodes }: Pick<Graphs, 'nodes'>) => ({ edges: [{ from: nodes[1]! }] }) });
    const both = stage({
      id: 'both',
      needs: [],
      provides: ['nodes', 'edges'],
      run: () => {
        const made = [{ id: 1 }, { id: 2 }];
        return { nodes: made, edges: [{ from: made[1]! }] };
      },
    });
    const at: number[] = [];
    const index = stage({
      id: 'index',
      needs: ['nodes', 'edges'],
      provides: ['at'],
      cache: false,
      run: ({ nodes, edges }: Graphs) => ({ at: at.push(nodes.indexOf(edges[0]!.from as never)) }),
    });
    const count = stage({ id: 'count', needs: ['edges'], provides: ['count'], run: ({ edges }: Pick<Graphs, 'edges'>) => ({ count: edges.length }) });
    const uncached = ({ events }: Awaited<ReturnType<typeof go>>): unknown[] =>
      events.filter(({ type, stage }) => type === 'stage-finished' && stage !== 'index').map(({ uncached }) => uncached);
    for (const made of [pipeline('apart', nodes, edges, index), pipeline('one', both, index)]) {
      const first = await go(made);
      await go(made);
      await go(made, { force: ['index'] });
      expect(first.status).toBe('ok');
    }
    expect(at).toEqual([1, 1, 1, 1, 1, 1]);
    expect(uncached(await go(pipeline('apart', nodes, edges, index)))).toEqual([
      undefined,
      "'edges' shares objects with 'nodes' of stage 'nodes', and a stage reads both: out of the cache they would be two",
    ]);
    // Nobody reads both: it is kept.
    expect(uncached(await go(pipeline('alone', nodes, edges, count)))).toEqual([undefined, undefined, undefined]);
    expect((await go(pipeline('alone', nodes, edges, count))).ran).toEqual([]);
  });

  test('a source that does not know its bytes, and cache: false, run every time', async () => {
    const never = stage({ id: 'never', needs: ['data'], provides: [], run: (_: Fetched) => ({}), cache: false });
    const pipe = pipeline('each time', fetch(smallSource()), never);
    await go(pipe);
    expect((await go(pipe)).ran).toEqual(['fetch', 'never']);
  });

  test('seeds: of seeded stages only, from root and path, and part of their keys', async () => {
    const draw = stage({
      id: 'draw',
      needs: ['data'],
      provides: ['drawn'],
      seeded: true,
      run: (_: Fetched, context) => ({ drawn: context.seed() }),
      output: (a) => a,
    });
    const pipe = pipeline('seeds', fetch(source), draw, draw);
    const first = await go(pipe);
    expect(first.outputs['draw']).not.toEqual(first.outputs['draw-2']);
    expect((await go(pipe)).ran).toEqual([]);
    const other = await go(pipe, {}, 7);
    expect(other.ran).toEqual(['draw', 'draw-2']);
    expect(other.outputs['draw']).not.toEqual(first.outputs['draw']);
    const unsaid = stage({ id: 'unsaid', needs: [], provides: [], run: (_: object, context) => ({ drawn: context.seed() }) });
    expect((await go(pipeline('unsaid', unsaid))).error).toMatchObject({ code: 'E_STAGE', hint: 'Add seeded: true to the stage.' });
  });
});

describe('what a stage leaves behind', () => {
  const held = { values: new Float64Array(100).fill(2), names: ['b', 'a'], of: { size: 1 }, map: new Map([['a', [1]]]), set: new Set([1]), at: new Date(0) };
  type Held = { readonly held: typeof held };
  test.each<[string, (state: Held) => unknown]>([
    ['a typed array', ({ held: { values } }) => values.fill(1)],
    ['another typed array of the same values', ({ held: it }) => (it.values = it.values.slice())],
    ['a list', ({ held: { names } }) => names.sort()],
    ['a field', ({ held: { of } }) => (of.size = 2)],
    ['a new field', ({ held: { of } }) => Object.assign(of, { more: 1 })],
    ['a Map', ({ held: { map } }) => map.set('b', [])],
    ['a list in a Map', ({ held: { map } }) => map.get('a')!.push(2)],
    ['a Set', ({ held: { set } }) => set.add(2)],
    ['a Date', ({ held: { at } }) => at.setTime(1)],
  ])('a stage that changes its input in place is refused, with the cure: %s', async (_, change) => {
    const make = stage({ id: 'make', needs: [], provides: ['held'], run: (_: object) => ({ held: structuredClone(held) }) });
    const edit = stage({ id: 'edit', needs: ['held'], provides: [], run: (state: Held) => (change(state), {}) });
    expect((await go(pipeline('mutating', make, edit))).error).toMatchObject({
      code: 'E_STAGE',
      message: "Stage 'edit' changed its input 'held' in place.",
      hint: 'Copy it first: structuredClone(held), or held.slice() of an array.',
      at: { file: import.meta.filename },
    });
  });

  test('what a failed try had to say is not part of the result', async () => {
    let tries = 0;
    const flaky = stage({
      id: 'flaky',
      needs: [],
      provides: ['x'],
      retries: 1,
      run: (_: object, { emit, stage }) => {
        emit({ type: 'warning', stage, code: 'W_TRY', message: `try ${++tries}` });
        if (tries === 1) throw new Error('net');
        return { x: 1 };
      },
    });
    const made = pipeline('flaky', flaky);
    const messages = (events: readonly Record<string, unknown>[]): unknown[] => events.filter(({ type }) => type === 'warning').map(({ message }) => message);
    expect(messages((await go(made)).events)).toEqual(['try 1', 'flaky failed and is retried (1 of 1): net', 'try 2']);
    const second = await go(made);
    expect({ cached: second.cached, messages: messages(second.events) }).toEqual({ cached: ['flaky'], messages: ['try 2'] });
  });

  test('code is read before the first stage runs: an edit while a run is going is not what ran', async () => {
    const texts: Record<string, string> = { slow: 'v1' };
    const seen = new Map<string, Promise<Record<string, string>>>();
    const reading: CodeDigests = {
      ...code,
      closure: (files) => seen.get(files.join()) ?? (seen.set(files.join(), Promise.resolve({ file: texts['slow']! })), seen.get(files.join())!),
    };
    const edit = stage({
      id: 'edit',
      needs: [],
      provides: ['edited'],
      run: (_: object): { edited: number } => {
        texts['slow'] = 'v2';
        return { edited: 1 };
      },
    });
    const after = stage({ id: 'after', needs: ['edited'], provides: ['after'], run: (_: { edited: number }) => ({ after: 1 }) });
    const { stages } = await run(pipeline('edited', edit, after), {
      files: { read: () => Promise.reject(new Error('no files here')) },
      openCompute: () => Promise.reject(new Error('no device here')),
      emit: () => {},
      signal: new AbortController().signal,
      cache: { store, code: reading },
    });
    expect(stages.map(({ identity }) => identity?.parts['code file'])).toEqual(['v1', 'v1']);
  });

  test('estimators that wrap another are told apart from it, and so are the orders of a grid', async () => {
    const paramsOf = (made: Pipeline): unknown => made.graph.nodes[2]!.stage.spec.params;
    const fits = [fit(logisticRegression()), fit(oneVsRest(logisticRegression()))].map((one) =>
      paramsOf(pipeline('fits', fetch(source), split({ train: [0, 8], test: [10, 20] }), one as ReturnType<typeof fit>)),
    );
    expect(fits[0]).not.toEqual(fits[1]);
    const keyOf = async (grid: object): Promise<string | undefined> => {
      const searching = stage<object, object>({ id: 'search', needs: [], provides: [], params: { grid: grid as never }, run: () => ({}) });
      return (await go(pipeline('grid', searching))).stages[0]!.identity!.parts['param grid'];
    };
    expect(await keyOf({ C: [1], tol: [2] })).not.toBe(await keyOf({ tol: [2], C: [1] }));
  });
});

describe('selection', () => {
  test('--to stops behind a stage; --force runs a cached one', async () => {
    expect((await go(made(), { to: 'mean' })).ran).toEqual(['fetch', 'split', 'shuffle', 'mean']);
    const forced = await go(made(), { force: ['shuffle'] });
    expect({ ran: forced.ran, cached: forced.cached }).toEqual({ ran: ['shuffle', 'twice'], cached: ['fetch', 'split', 'mean'] });
  });

  test('--from runs a stage and what depends on it, --only the stage alone; both read the cache', async () => {
    const refused = await go(made(), { from: 'mean' });
    expect(refused).toMatchObject({ exitCode: 2, error: { code: 'E_USAGE', stage: 'fetch', hint: 'Run the whole pipeline once, without --from and --only.' } });
    await go(made());
    expect((await go(made(), { from: 'mean' })).ran).toEqual(['mean', 'twice']);
    expect((await go(made(), { only: 'mean' })).ran).toEqual(['mean']);
    expect((await go(made(), { from: 'shuffle', to: 'mean' })).ran).toEqual(['shuffle', 'mean']);
    expect((await go(made(), { from: 'mean', to: 'shuffle' })).error).toMatchObject({
      code: 'E_USAGE',
      message: "'shuffle' does not depend on 'mean', so nothing is left to run.",
    });
    expect((await go(made(), { from: 'mean', only: 'mean' })).error).toMatchObject({ code: 'E_USAGE', message: 'Both --from and --only were given.' });
    expect(await go(made(), { only: 'men' })).toMatchObject({ exitCode: 2, error: { hint: 'Did you mean mean?' } });
  });
});

describe('selection of rows of stages', () => {
  const add = (id: string, from: string) => stage({ id, needs: [from], provides: [id], run: (state: Record<string, number>) => ({ [id]: state[from]! + 1 }) });
  const [one, first, last] = [stage({ id: 'one', needs: [], provides: ['one'], run: (_: object) => ({ one: 1 }) }), add('first', 'one'), add('last', 'first')];
  const rows = pipelineOf('rows', [
    one,
    branch({ short: [first], long: [first, last], inner: [branch({ deep: [first, add('more', 'first')] })] } as never),
    fanOut('many', [1, 2], (n) => [add(`by${n}`, 'one')] as never),
  ]);

  test('--to a row runs its stages and what they need, those that it shares too', async () => {
    expect((await go(rows, { to: 'short' })).ran).toEqual(['one', 'short/first']);
    expect((await go(rows, { to: 'long' })).cached).toEqual(['one', 'short/first']);
    store = memoryCacheStore();
    expect((await go(rows, { to: 'inner' })).ran).toEqual(['one', 'short/first', 'inner/deep/more']);
    expect((await go(rows, { to: 'many/=2' })).ran).toEqual(['many/=2/by2']);
  });

  test('--only, --from and --force take rows', async () => {
    await go(rows);
    expect((await go(rows, { only: 'long' })).ran).toEqual(['short/first', 'long/last']);
    expect((await go(rows, { only: 'inner/deep' })).ran).toEqual(['short/first', 'inner/deep/more']);
    expect((await go(rows, { from: 'short' })).ran).toEqual(['short/first', 'long/last', 'inner/deep/more']);
    expect((await go(rows, { force: ['many'] })).ran).toEqual(['many/=1/by1', 'many/=2/by2']);
    expect(await go(rows, { to: 'lang' })).toMatchObject({ exitCode: 2, error: { hint: 'Did you mean long?' } });
  });
});

test('a result whose values are gone is brought back for a stage with the same key', async () => {
  const five = (n: number) => stage({ id: 'five', needs: [], provides: ['five'], params: { n }, run: () => ({ five: 5 }) });
  const big = stage({
    id: 'big',
    needs: ['five'],
    provides: ['big'],
    run: ({ five: times }: { five: number }) => (ran.push('big'), { big: new Uint8Array(1e4).fill(times) }),
  });
  const sum = stage({
    id: 'sum',
    needs: ['big'],
    provides: [],
    cache: false,
    run: ({ big: values }: { big: Uint8Array }) => (ran.push(`sum ${values.reduce((a, b) => a + b)}`), {}),
  });
  const rows = () => pipeline('rows', branch({ a: [five(1), big, sum], b: [five(2), big, sum] }));
  const first = await go(rows());
  expect(first.error).toBeUndefined();
  expect(first.cached).toEqual(['b/big']);
  expect(first.restored).toEqual(['b/big big']);
  expect(ran).toEqual(['big', 'sum 50000', 'sum 50000']);
});

describe('what a stage returns is what it says', () => {
  test.each([undefined, null, 7])('%j instead of a record', async (returned) => {
    const nothing = stage({ id: 'nothing', needs: [], provides: ['x'], run: (_: object) => returned as unknown as { x: number } });
    expect((await go(pipeline('nothing', nothing))).error).toMatchObject({ code: 'E_STAGE', hint: 'Return { x }.', at: { file: import.meta.filename } });
  });

  test('a key it does not return', async () => {
    const liar = stage({ id: 'liar', needs: [], provides: ['x'], run: (_: object) => ({ y: 1 }) as unknown as { x: number } });
    expect((await go(pipeline('liar', liar))).error).toMatchObject({ code: 'E_STAGE', message: "Stage 'liar' provides 'x' but returned y." });
  });

  test('test rows as training rows', async () => {
    const leak = stage({
      id: 'leak',
      needs: ['test'],
      provides: ['train'],
      run: ({ test }: Pick<Split, 'test'>) => ({ train: test as Dataset as Dataset<'train'> }),
    });
    const { exitCode, error } = await go(pipeline('leak', fetch(source), split({ train: [0, 8], test: [10, 20] }), leak, mean));
    expect(exitCode).toBe(2);
    expect(error).toMatchObject({ code: 'E_ORDER', message: "Stage 'leak' provides test rows as 'train'; train rows are needed there." });
  });

  test('a stage sees the keys it needs and no others', async () => {
    const spy = stage({
      id: 'spy',
      needs: ['train'],
      provides: ['keys'],
      run: (state: Pick<Split, 'train'>) => ({ keys: Object.keys(state) }),
      output: (a) => a,
    });
    expect((await go(pipeline('spy', fetch(source), split({ train: [0, 8], test: [10, 20] }), spy))).outputs['spy']).toEqual({ keys: ['train'] });
  });
});
