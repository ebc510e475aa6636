// Models of "this class or not", and rows: both have labels 0 and 1, whichever class is meant.
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import '../../src/standalone.ts';
import {
  binarize,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  nearestCentroid,
  oneVsRest,
  type Classifier,
  type Estimator,
} from '../../src/api.ts';
import { codedLabels, type NamedRows } from '../../src/core/data/classNames.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { errorOf } from '../support/files.ts';
import { stageContext } from '../support/smallSets.ts';

const ROWS = 60;
const x = matrix(
  ROWS,
  2,
  Float64Array.from({ length: ROWS * 2 }, (_, at) => ((at >> 1) % 3) + Math.sin(at * at) / 5),
);
const context = stageContext(new ReferenceCompute());

/** Rows of three classes, by number or by the names given. */
const rowsOf = (classes: readonly (string | number)[]): Dataset<'train'> => {
  const labels = Array.from({ length: ROWS }, (_, row) => classes[row % 3]!) as NamedRows['labels'];
  return { ...(codedLabels({ name: 'rows', role: 'all', rows: Uint32Array.from({ length: ROWS }, (_, i) => i), x, labels }) as Dataset), role: 'train' };
};

const forClass = async (positive: string | number, train: Dataset<'train'>): Promise<Dataset<'train'>> => {
  const state = { train, test: { ...train, role: 'test' } as Dataset<'test'> };
  return (await firstValueFrom(of(state).pipe(binarize({ positive })))).train as Dataset<'train'>;
};

const fitted = async (estimator: Estimator<Classifier>, train: Dataset<'train'>): Promise<Classifier> =>
  (await estimator.train(train, [{ name: 'fit' }], {}, context))[0]!.model;

describe.each([
  ['logisticRegression', () => logisticRegression() as Estimator<Classifier>],
  ['nearestCentroid', () => nearestCentroid() as Estimator as Estimator<Classifier>],
  ['oneVsRest', () => oneVsRest(logisticRegression()) as Estimator as Estimator<Classifier>],
])('%s', (_, estimator) => {
  describe.each([
    ['names', ['a', 'b', 'z'], 'z', 'b', 'a, b, z'],
    ['numbers', [0, 1, 2], 2, 1, '0, 1, 2'],
  ] as const)('of %s', (_name, classes, own, other, all) => {
    const raw = rowsOf(classes);

    test('scores rows of its own class, and no others', async () => {
      const mine = await forClass(own, raw);
      const model = await fitted(estimator(), mine);
      const right = await model.evaluate(mine, 'counts', context);
      const { model: loaded } = await modelFromBytes<Classifier>('own', await modelToBytes(model));
      expect(await loaded.evaluate(mine, 'counts', context)).toEqual(right);
      for (const one of [model, loaded]) {
        expect(await errorOf(one.evaluate(await forClass(other, raw), 'counts', context))).toMatchObject({
          code: 'E_CLASS',
          message: `The model says whether a row is ${own}; the rows of rows say whether a row is ${other}.`,
          hint: `Binarize the rows for ${own}, as those were that the model was fitted on.`,
        });
        expect((await errorOf(one.evaluate(raw, 'decisions', context))).message).toBe(
          `The model says whether a row is ${own}; the rows of rows were not binarized.`,
        );
      }
      expect((await model.predictRow(Float64Array.of(0, 0), context)).prediction).toBeTypeOf('boolean');
    });

    test('of all classes scores no rows that say only whether they are one of them', async () => {
      const model = await fitted(estimator(), raw);
      expect(await errorOf(model.evaluate(await forClass(own, raw), 'counts', context))).toMatchObject({
        code: 'E_CLASS',
        message: `The model tells apart the classes ${all}; the rows of rows say only whether a row is ${own}.`,
      });
    });
  });
});
