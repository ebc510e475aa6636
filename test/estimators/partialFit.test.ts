// Models that go on with new rows against scikit-learn 1.9 (fixtures/partialFit.json), and what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/partialFit.json' with { type: 'json' };
import {
  bernoulliNB,
  chain,
  fetch,
  fit,
  gaussianNB,
  iris as irisSource,
  modelFromBytes,
  modelToBytes,
  multinomialNB,
  partialFit,
  pipeline,
  ridge,
  score,
  sgdClassifier,
  sgdRegressor,
  split,
  stage,
  standardize,
  type Dataset,
  type Split,
} from '../../src/api.ts';
import { encodeAs } from '../../src/core/encoding/encoding.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Predictor } from '../../src/dsl/estimator.ts';
import type { FittedClassifier, FittedRegressor } from '../../src/estimators/define/models.ts';
import type { LinearFields } from '../../src/estimators/linear/linearValues.ts';
import { runPipeline } from '../../src/node.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { tempFolder } from '../support/files.ts';
import { optionsOf, scalingOf } from '../support/gradients.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const MAKE = { sgdClassifier, sgdRegressor, gaussianNB, bernoulliNB, multinomialNB } as never as Readonly<
  Record<string, (options: object) => Estimator<Predictor, never>>
>;
type Rows = Dataset<'train', Matrix>;

const at = (data: Rows, positions: Iterable<number>): Rows => ({ ...data, rows: Uint32Array.from(positions, (position) => data.rows[position]!) });
const third = (data: Rows, k: number): Rows =>
  at(
    data,
    [...data.rows.keys()].filter((i) => i % 3 === k),
  );

/** A model of the first of some batches, that went on with the others. */
async function gone<M extends Predictor>(estimator: Estimator<M, never>, batches: readonly Rows[]): Promise<M> {
  let model = await fitted(estimator, batches[0]!, compute);
  for (const batch of batches.slice(1)) model = await estimator.partialFit!(model, batch, context);
  return model;
}

describe('scikit-learn', () => {
  test.each(
    figures.rows.map((row) => [`${row.name}, ${row.data}, ${JSON.stringify(row.params)}, ${row.batches}${row.weighted ? ', weights' : ''}`, row] as const),
  )('%s', async (_, { name, data, params, weighted, batches, predict, said, coef, intercept }) => {
    const plain = (name === 'sgdRegressor' ? valuedSet(data) : figureSet(data)) as Rows;
    const set = { ...plain, ...(weighted ? { weights: thirds(plain.x.rows) } : {}), ...(name.startsWith('sgd') ? { scaling: scalingOf(data) } : {}) };
    const even = half(set, 0);
    const { labels } = set;
    const others =
      batches === 'thirds' || name === 'sgdRegressor'
        ? [third(even, 1), third(even, 2)]
        : [
            at(
              even,
              [...even.rows.keys()].filter((i) => labels[even.rows[i]!] === labels[even.rows[0]!]),
            ),
            at(even, [even.rows.length - 1]),
          ];
    const { seed, ...options } = optionsOf<{ readonly seed?: number }>(params);
    const model = await gone(MAKE[name]!(seed === undefined ? options : { ...options, seed }), [third(even, 0), ...others]);
    const odd = half(set, 1);
    const first = { ...odd, rows: odd.rows.subarray(0, 20) };
    if (coef) {
      const { fields } = model as unknown as { readonly fields: LinearFields };
      expectClose(
        fields.coef.flatMap((own) => [...own]),
        coef,
        1e-9,
      );
      expectClose(fields.intercept, intercept, 1e-9);
    }
    if (name === 'sgdRegressor') {
      expectClose(await (model as FittedRegressor).predict(odd, context), predict, 1e-6);
      return;
    }
    const classifier = model as FittedClassifier;
    expect([...(await classifier.predict(odd, context))]).toEqual(predict);
    const expected =
      classifier.classes.length === 2 && name.endsWith('NB') ? Array.from({ length: said.length / 2 }, (_, row) => said[2 * row + 1]! - said[2 * row]!) : said;
    expectClose((await classifier.decisionFunction(first, context)).subarray(0, expected.length), expected, 1e-5);
  });
});

const iris = figureSet('iris') as Rows;

test.each([
  ['gaussianNB', gaussianNB()],
  ['multinomialNB', multinomialNB()],
  ['bernoulliNB', bernoulliNB({ binarize: 2 })],
] as readonly (readonly [string, Estimator<FittedClassifier, never>])[])('%s: in parts, in any order, as of all rows at once', async (_, estimator) => {
  const weighted = { ...iris, weights: thirds(150) };
  const parts = [0, 1, 2].map((k) => third(weighted, k));
  const whole = await (await fitted(estimator, weighted, compute)).decisionFunction(iris, context);
  expectClose(await (await gone(estimator, parts)).decisionFunction(iris, context), whole, 1e-6);
  expectClose(await (await gone(estimator, parts.toReversed())).decisionFunction(iris, context), whole, 1e-6);
});

test('the model before stays as it is, and one from a file goes on as the one that was saved', async () => {
  for (const estimator of [sgdClassifier({ seed: 1, average: true }), gaussianNB(), multinomialNB(), bernoulliNB({ binarize: 2 })] as unknown as Estimator<
    FittedClassifier,
    never
  >[]) {
    const before = await fitted(estimator, third(iris, 0), compute);
    const bytes = await modelToBytes(before);
    const after = await estimator.partialFit!(before, third(iris, 1), context);
    expect(await modelToBytes(before)).toEqual(bytes);
    const { model } = await modelFromBytes<FittedClassifier>('before', bytes);
    expect(await modelToBytes(await estimator.partialFit!(model, third(iris, 1), context))).toEqual(await modelToBytes(after));
  }
});

test('classes go by their names, and rows by the scaling of the first ones', async () => {
  const names = { ...iris, classNames: ['a', 'b', 'c'] };
  const others = { ...iris, classNames: ['c', 'a', 'b'], labels: iris.labels.map((label) => (label + 1) % 3) };
  const scaled = { ...third(names, 0), scaling: scalingOf('iris') };
  const estimator = sgdClassifier({ seed: 2 }) as unknown as Estimator<FittedClassifier, never>;
  const one = await gone(estimator, [scaled, third(names, 1)]);
  const other = await gone(estimator, [scaled, { ...third(others, 1), scaling: scalingOf('iris') }]);
  expect(await modelToBytes(one)).toEqual(await modelToBytes(other));
  expect(one.classNames).toEqual(['a', 'b', 'c']);
});

test('a class may have a weight where rows have none of it', async () => {
  const two = { ...iris, rows: iris.rows.subarray(0, 100) };
  const before = await fitted(sgdClassifier({ seed: 1 }), two, compute);
  const more = { name: 'later', role: 'train', x: iris.x, rows: iris.rows.subarray(50, 100), labels: new Uint8Array(150).fill(1) } as const;
  const plain = await sgdClassifier({ seed: 1 }).partialFit!(before, more, context);
  expect(plain.coef).not.toEqual(before.coef);
  expect((await sgdClassifier({ seed: 1, classWeight: { 0: 3 } }).partialFit!(before, more, context)).coef).toEqual(plain.coef);
});

test('what it refuses', async () => {
  const two = await fitted(gaussianNB(), { ...iris, rows: iris.rows.subarray(0, 100) }, compute);
  await expect(gaussianNB().partialFit!(two, iris, context)).rejects.toMatchObject({
    code: 'E_CLASS',
    message: 'partialFit: iris has rows of label 2; the model tells apart label 0, 1 alone.',
  });
  await expect(multinomialNB().partialFit!(two, iris, context)).rejects.toMatchObject({
    code: 'E_USAGE',
    message: 'partialFit: the model is of gaussianNB, and multinomialNB goes on only with its own.',
  });
  await expect(gaussianNB().partialFit!(two, figureSet('iris with odd columns') as never, context)).rejects.toMatchObject({ code: 'E_SHAPE' });
  const { progress: _, ...old } = two.fields;
  const { model } = await modelFromBytes<typeof two>('old', await modelToBytes({ [encodeAs]: { type: 'gaussianNBModel', fields: old } }));
  await expect(gaussianNB().partialFit!(model, iris, context)).rejects.toMatchObject({ code: 'E_DATA', hint: expect.stringContaining('fit it again') });
  const there = await fitted(bernoulliNB({ binarize: 1 }), iris, compute);
  await expect(bernoulliNB().partialFit!(there, iris, context)).rejects.toMatchObject({ code: 'E_PARAMS', hint: expect.stringContaining('binarize to 1') });
  const steps = await fitted(sgdClassifier({ seed: 1 }), iris, compute);
  await expect(sgdClassifier({ earlyStopping: true }).partialFit!(steps, iris, context)).rejects.toMatchObject({ code: 'E_PARAMS' });
  await expect(sgdClassifier({ classWeight: 'balanced' }).partialFit!(steps, iris, context)).rejects.toMatchObject({ code: 'E_PARAMS' });
  await expect(sgdClassifier({ average: 10 }).partialFit!(steps, iris, context)).rejects.toMatchObject({
    code: 'E_PARAMS',
    hint: expect.stringContaining('Set average to false'),
  });
  const values = await fitted(sgdRegressor({ seed: 1 }), valuedSet('diabetes'), compute);
  const outputs = { code: 'E_SHAPE', message: expect.stringContaining('has 2 values a row') };
  await expect(sgdRegressor().partialFit!(values, valuedSet('diabetes with two outputs'), context)).rejects.toMatchObject(outputs);
  expect(() => partialFit(ridge() as never)).toThrow('partialFit: models of ridge cannot go on with new rows.');
  expect(() => partialFit(chain(standardize(), gaussianNB()))).toThrow('partialFit: models of chain(standardize, gaussianNB) cannot go on with new rows.');
});

describe('the stage', () => {
  const rowsOf = (id: string, k: number) =>
    stage({
      id,
      needs: [],
      provides: ['train', 'test'],
      run: (): Split => ({ train: third(iris, k) as Dataset<'train', Features>, test: { ...half(iris, 1), role: 'test' } as never }),
    });

  test('goes on with the rows there are, and is scored', async () => {
    const made = pipeline('on', rowsOf('first', 0), fit(gaussianNB()), rowsOf('second', 1), partialFit(gaussianNB()), score({ on: 'test' }));
    const { error, values } = await runPipeline(made, { values: ['model'] });
    expect(error).toBeUndefined();
    const alone = await gone(gaussianNB() as unknown as Estimator<FittedClassifier, never>, [third(iris, 0), third(iris, 1)]);
    expect(await modelToBytes(values!.model!)).toEqual(await modelToBytes(alone));
  });

  test('the model before decides the result: of another one there is another, of the same one that which was kept', async () => {
    vi.stubEnv('PIPELINE_CACHE', tempFolder());
    const goneFrom = async (k: number): Promise<{ readonly status: string; readonly bytes: Uint8Array }> => {
      const made = pipeline(
        'kept',
        fetch(irisSource()),
        split({ test: 0.5, seed: k }),
        fit(gaussianNB()),
        split({ test: 0.25, seed: 9 }),
        partialFit(gaussianNB()),
      );
      const { stages, values } = await runPipeline(made, { cache: true, values: ['model'] });
      return { status: stages.at(-1)!.status, bytes: await modelToBytes(values.model!) };
    };
    const [one, other, again] = [await goneFrom(0), await goneFrom(1), await goneFrom(0)];
    expect([one.status, other.status, again.status]).toEqual(['ran', 'ran', 'cached']);
    expect(again.bytes).toEqual(one.bytes);
    expect(other.bytes).not.toEqual(one.bytes);
  });

  test('behind a scaling, the model goes on by its own', async () => {
    const made = pipeline('on', rowsOf('first', 0), fit(chain(standardize(), gaussianNB())), rowsOf('second', 1), partialFit(gaussianNB()));
    const { error, values } = await runPipeline(made, { values: ['model'] });
    expect(error).toBeUndefined();
    const before = await fitted(chain(standardize(), gaussianNB()), third(iris, 0), compute);
    expect(before.fields.scaling).toBeDefined();
    const after = await gaussianNB().partialFit!(before, third(iris, 1), context);
    expect(after.fields.scaling).toEqual(before.fields.scaling);
    expect(await modelToBytes(values!.model!)).toEqual(await modelToBytes(after));
  });

  test('a model of another estimator is refused before anything runs', async () => {
    const made = pipeline('off', rowsOf('first', 0), fit(gaussianNB()), partialFit(multinomialNB()));
    const { error } = await runPipeline(made, {});
    expect(error).toMatchObject({ code: 'E_USAGE', message: 'partialFit: the model is of gaussianNB, and multinomialNB goes on only with its own.' });
  });
});
