// What a fit leaves to look at: weights as pictures where rows are pictures, the largest by feature where they are not.
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import type { Classifier } from '../../src/dsl/estimator.ts';
import { pictureOf, sendWeights } from '../../src/stages/shared/evidence.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

function sent(coef: readonly Float64Array[], classes: readonly number[] | undefined, more: object = {}): readonly RunEvent[] {
  const events: RunEvent[] = [];
  sendWeights({ coef, classes, summary: {} } as unknown as Classifier, { ...smallSet('iris'), ...more }, stageContext(undefined as never, events));
  return events;
}

test('of rows that are no pictures, the largest weights by size, largest first', () => {
  expect(sent([Float64Array.of(0.5, -3, 1, 0)], [0, 1], { classNames: ['no', 'yes'] })).toEqual([
    {
      type: 'coefficients',
      stage: 'test',
      model: 'yes',
      features: 4,
      largest: [
        { feature: 1, weight: -3 },
        { feature: 2, weight: 1 },
        { feature: 0, weight: 0.5 },
        { feature: 3, weight: 0 },
      ],
    },
  ]);
  const [first, ...others] = sent([Float64Array.from({ length: 100 }, (_, i) => i), new Float64Array(100), new Float64Array(100)], [3, 5, 7]);
  expect(first).toMatchObject({ model: '3', features: 100, largest: expect.toSatisfy((largest: unknown[]) => largest.length === 20) });
  expect(others).toMatchObject([{ model: '5' }, { model: '7' }]);
});

test('weights of one output are those of the model, of several outputs each has a number', () => {
  const modelsOf = (coef: readonly Float64Array[]): readonly unknown[] => sent(coef, undefined).map((event) => 'model' in event && event.model);
  expect(modelsOf([Float64Array.of(1)])).toEqual([false]);
  expect(modelsOf([Float64Array.of(1), Float64Array.of(2)])).toEqual(['output 1', 'output 2']);
});

test('of pictures, a picture', () => {
  expect(sent([Float64Array.of(0.5, -3, 1, 0)], [0, 1], { picture: { width: 2, height: 2 } })).toMatchObject([
    { type: 'picture', of: 'weights', picture: { caption: 'weights of 1, largest 3.0' } },
  ]);
});

test('of pictures whose full ink is not 255, with what it is, for who draws one', () => {
  const [event] = sent([Float64Array.of(0.5, -3, 1, 0)], [0, 1], { picture: { width: 2, height: 2, full: 16 } });
  expect(event).toMatchObject({ type: 'picture', picture: { full: 16, pixels: Uint8Array.of(149, 1, 170, 128) } });
  expect(pictureOf({ width: 2, height: 2, full: 16 }, Uint8Array.of(0, 8, 16, 17), 'row').pixels).toEqual(Uint8Array.of(0, 128, 255, 255));
  expect(pictureOf({ width: 2, height: 1 }, Uint8Array.of(16, 255), 'row').pixels).toEqual(Uint8Array.of(16, 255));
});

test('of pictures in colors, one in the colors that weights speak for', () => {
  const coef = [Float64Array.of(1, 0, -1, 0.5, 0, 0)];
  expect(sent(coef, [0, 1], { picture: { width: 2, height: 1, colors: 'rgb' } })).toMatchObject([
    { type: 'picture', of: 'weights', picture: { kind: 'rgb', width: 2, height: 1, pixels: Uint8Array.of(255, 128, 1, 192, 128, 128) } },
  ]);
});
