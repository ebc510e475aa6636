// From labels, weights and class weights to what a batch trains on, without a device.
import { describe, expect, test } from 'vitest';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { weightsByLabel } from '../../src/estimators/linear/classWeights.ts';
import { checkStart, codesOf, targetOf } from '../../src/estimators/logisticRegression/targets.ts';
import { table } from '../support/table.ts';

const job = { name: 'fit', heldOut: undefined, positive: undefined, classWeight: undefined };

describe('class weights', () => {
  const data = { name: 'table', labels: [0, 1, 5], classNames: ['no', 'yes'] };

  test('are known by label, by name, or by both', () => {
    expect(weightsByLabel({ no: 2, yes: 3, 5: 4 }, data)).toEqual(
      new Map([
        [0, 2],
        [1, 3],
        [5, 4],
      ]),
    );
    expect(weightsByLabel('balanced', data)).toBe('balanced');
    expect(weightsByLabel(undefined, data)).toBeUndefined();
  });

  test('of binarized data are known by 0 and 1 and by the names of the two classes', () => {
    const binarized = { name: 'digits', labels: [0, 1], classNames: ['not 2', '2'] };
    expect(weightsByLabel({ 0: 1, 1: 9 }, binarized)).toEqual(weightsByLabel({ 'not 2': 1, 2: 9 }, binarized));
    // The label 1 and the name '1' are the same class here.
    expect(weightsByLabel({ 1: 9 }, { ...binarized, classNames: ['not 1', '1'] })).toEqual(new Map([[1, 9]]));
  });

  test.each([
    [{ 2: 1 }, "'2' is neither a label of table"],
    [{ Yes: 1 }, "'Yes' is neither a label of table"],
    [{ 0: 1, no: 2 }, "'no' and another key mean label 0"],
  ])('%j is refused', (given, message) => {
    expect(() => weightsByLabel(given, data)).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining(message) }));
  });

  test.each([[['1.0', '2.0']], [['01', '02']]])('a number is no label where it reads as another name of %j', (classNames) => {
    const written = { name: 'table', labels: [0, 1], classNames };
    expect(() => weightsByLabel({ 1: 5 }, written)).toThrow(/'1' is the label of one class and the name of another/);
    expect(weightsByLabel({ 2: 5 }, written)).toEqual(weightsByLabel({ [classNames[1]!]: 5 }, written));
  });

  test('a name in other letters is meant', () => {
    expect(() => weightsByLabel({ Yes: 1 }, data)).toThrow(expect.objectContaining({ hint: 'Did you mean yes?' }));
  });

  test('a label that training rows lack, but others have, is known', () => {
    const rows = { ...table([0, 1, 2, 3], [0, 1, 0, 7]), rows: Uint32Array.of(0, 1, 2) };
    expect(targetOf(codesOf(rows), { ...job, classWeight: { 1: 3, 7: 2 } })).toEqual({
      target: { heldOut: NO_FOLD, columns: [{ positive: 1, positiveWeight: 3, negativeWeight: 1 }] },
      weightSum: 5,
    });
  });

  test('of one label against the others are 0 and 1', () => {
    const three = codesOf(table([0, 1, 2], [3, 4, 5], { classNames: ['a', 'b', 'c', 'd', 'e', 'f'] }));
    expect(targetOf(three, { ...job, positive: 4, classWeight: { 1: 6 } })).toMatchObject({ weightSum: 8 });
    expect(() => targetOf(three, { ...job, positive: 4, classWeight: { e: 6 } })).toThrow(
      expect.objectContaining({ message: "classWeight: 'e' is neither a label of oneVsRest nor the name of one." }),
    );
  });
});

describe('rows without weight', () => {
  const weights = Float32Array.of(1, 0, 1, 0);
  const data = codesOf(table([0, 1, 2, 3], [0, 1, 0, 1], { weights }));

  test('of a whole class train, as in scikit-learn: they are rows all the same', () =>
    expect(targetOf(data, job)).toMatchObject({ weightSum: 2, target: { columns: [{ positiveWeight: 1 }] } }));

  test("of a whole class cannot be 'balanced'", () =>
    expect(() => targetOf(data, { ...job, classWeight: 'balanced' })).toThrow(
      expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining('the rows of label 1 have none') }),
    ));

  test('cannot be all that a fold trains on', () =>
    expect(() =>
      targetOf(codesOf(table([0, 1, 2, 3], [0, 1, 0, 1], { weights }), { count: 2, fold: Uint8Array.of(1, 0, 1, 0) }), { ...job, name: 'fold 2', heldOut: 1 }),
    ).toThrow(expect.objectContaining({ message: expect.stringContaining('fold 2') })));
});

test('a model to start from has the same columns and classes', () => {
  const data = table([0, 1], [0, 1]);
  const start = (cols: number, classes: number[]) => ({ coef: [new Float64Array(cols)], classes });
  expect(() => checkStart(undefined, data, [[0, 1]])).not.toThrow();
  expect(() => checkStart(start(1, [0, 1]), data, [[0, 1]])).not.toThrow();
  const told = (message: string) => expect.objectContaining({ code: 'E_SHAPE', message });
  const was = 'The model to start from was fitted on';
  expect(() => checkStart(start(3, [0, 1]), data, [[0, 1]])).toThrow(told(`${was} 3 columns and classes 0, 1; table has 1 column and classes 0, 1.`));
  expect(() => checkStart(start(1, [0, 2]), data, [[0, 1]])).toThrow(told(`${was} 1 column and classes 0, 2; table has 1 column and classes 0, 1.`));
});
