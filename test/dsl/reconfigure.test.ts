import { expect, test } from 'vitest';
import { branch, compose, fanOut } from '../../src/dsl/graph/compose.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { z } from '../../src/dsl/zodPublic.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { binarize } from '../../src/stages/binarize.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall, smallSource } from '../support/smallData.ts';

const HERE = import.meta.filename;
const head = [fetch(smallSource()), split({ train: [0, 10], test: [10, 20] })] as const;
const set = (path: string, param: string, value: unknown) => ({ path, param, value, written: `--set ${path}.${param}` });
const paramsOf = (made: {
  readonly graph: { readonly nodes: readonly { readonly path: string; readonly stage: { readonly spec: { readonly params: object } } }[] };
}) => Object.fromEntries(made.graph.nodes.map(({ path, stage }) => [path, stage.spec.params]));

const scaled = stage({
  id: 'scaled',
  needs: ['train'],
  provides: ['scaled'],
  schema: z.strictObject({ factor: z.number().min(0).default(2), label: z.string().default('x') }),
  run: ({ train }: Pick<Split, 'train'>, _context, { factor, label }) => ({ scaled: `${label}${train.rows.length * factor}` }),
  output: (added) => added,
});

test('a stage of your own has defaults, and takes other values of its schema', async () => {
  const made = pipeline('own', ...head, scaled);
  expect(paramsOf(made)['scaled']).toEqual({ factor: 2, label: 'x' });
  expect((await runSmall(made)).outputs['scaled']).toEqual({ scaled: 'x20' });
  const other = reconfigure(made, [set('scaled', 'factor', 3), set('scaled', 'label', 'y')]);
  expect((await runSmall(other)).outputs['scaled']).toEqual({ scaled: 'y30' });
  expect(other.graph.nodes[0]!.stage).toBe(made.graph.nodes[0]!.stage);
});

test('a stage made anew stands where the first one was written, for errors and for the cache', () => {
  const made = pipeline('own', ...head, scaled);
  const again = reconfigure(made, [set('scaled', 'factor', 3)]).graph.nodes[2]!.stage;
  const { at, files, ordinal } = made.graph.nodes[2]!.stage;
  expect({ at: again.at, files: again.files, ordinal: again.ordinal }).toEqual({ at, files, ordinal });
  expect(at!.file).toBe(HERE);
});

test("fit and gridSearch take the estimator's parameters, gridSearch its own too; policies stay", () => {
  const made = pipeline(
    'fits',
    ...head,
    withPolicy(fit(logisticRegression({ tol: 0.1 })), { retries: 2 }),
    branch({ ovr: [fit(oneVsRest(logisticRegression()))], grid: [gridSearch(logisticRegression({ tol: 0.1 }), { C: [1] }, { folds: 3 })] }),
  );
  const other = reconfigure(made, [
    set('fit', 'tol', 0.01),
    set('ovr/fit', 'C', Infinity),
    set('grid/grid-search', 'maxIter', 7),
    set('grid/grid-search', 'folds', 2),
    set('grid/grid-search', 'grid', { C: [1, 2] }),
  ]);
  expect(paramsOf(other)).toMatchObject({
    fit: { tol: 0.01, maxIter: 100 },
    'ovr/fit': { C: 'Infinity' },
    'grid/grid-search': { maxIter: 7, folds: 2, tol: 0.1, grid: { C: [1, 2] } },
  });
  expect(other.graph.nodes[2]!.stage.spec.policy).toMatchObject({ retries: 2 });
});

test('stages inside rows, branches and fan-outs are set by their paths', () => {
  const made = pipeline(
    'nested',
    ...head,
    compose('row', binarize({ positive: 2 })),
    fanOut('seeds', [1, 2], (seed) => [shuffle({ seed }), scaled]),
  );
  const other = reconfigure(made, [set('row/binarize', 'positive', 3), set('seeds/=2/shuffle', 'seed', 9)]);
  expect(paramsOf(other)).toMatchObject({ 'row/binarize': { positive: 3 }, 'seeds/=1/shuffle': { seed: 1 }, 'seeds/=2/shuffle': { seed: 9 } });
});

test.each([
  [set('fits', 'tol', 1), 'E_USAGE', /no stage 'fits'/, /Stages: fetch, split/],
  [set('scaled', 'facto', 1), 'E_PARAMS', /--set scaled.facto: stage 'scaled' has no parameter 'facto'/, /Did you mean factor\?/],
  [set('scaled', 'factor', -1), 'E_PARAMS', /--set scaled.factor: scaled: factor: .*>=0/, /./],
  [set('fetch', 'rows', 1), 'E_PARAMS', /stage 'fetch' has no parameter 'rows'/, /There are no parameters/],
])('%o is refused', (setting, code, message, hint) => {
  expect(() => reconfigure(pipeline('own', ...head, scaled), [setting])).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) }),
  );
});

test("a pipeline's own parameters make its stages; made anew, untouched stages keep their identity", () => {
  const source = fetch(smallSource());
  const twice = (factor: number) =>
    stage({ id: 'twice', needs: ['train'], provides: ['twice'], run: ({ train }: Pick<Split, 'train'>) => ({ twice: train.rows.length * factor }) });
  const made = pipeline('parametric', { params: z.strictObject({ positive: z.int().default(2), rows: z.int().default(10) }) }, ({ positive, rows }) => [
    source,
    split({ train: [0, rows], test: [10, 20] }),
    twice(2),
    binarize({ positive }),
  ]);
  expect(made.params).toEqual({ positive: 2, rows: 10 });
  const other = made.configurable!.rebuild({ positive: 4 });
  expect(paramsOf(other)).toMatchObject({ split: { train: [0, 10] }, binarize: { positive: 4 } });
  const { ordinal, files } = other.graph.nodes[2]!.stage;
  expect({ ordinal, files }).toEqual({ ordinal: made.graph.nodes[2]!.stage.ordinal, files: [HERE] });
  expect(() => made.configurable!.rebuild({ positve: 4 })).toThrow(expect.objectContaining({ code: 'E_PARAMS', hint: 'Did you mean positive?' }));
  const without = (): unknown => pipeline('no default', { params: z.strictObject({ rows: z.int() }) }, () => [source]);
  expect(without).toThrow(expect.objectContaining({ code: 'E_PARAMS', at: expect.objectContaining({ file: HERE }) }));
});

test('two stages that one function makes from other values are told apart', () => {
  const make = (factor: number) =>
    stage({ id: 'make', needs: ['train'], provides: ['made'], run: ({ train }: Pick<Split, 'train'>) => ({ made: train.rows.length * factor }) });
  const [two, three] = [make(2), make(3)] as { ordinal?: number }[];
  expect(three!.ordinal).toBe(two!.ordinal! + 1);
});
