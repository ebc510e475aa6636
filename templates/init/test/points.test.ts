import { expect, test } from 'vitest';
import { pointsOf } from '../data/points.ts';

test('rows are numbers and a label', () => {
  const { x, labels } = pointsOf('x,y,label\n1.5,2,0\n3,4,1\n');
  expect(x).toMatchObject({ rows: 2, cols: 2 });
  expect([...labels]).toEqual([0, 1]);
});

test.each([
  ['an empty cell', '1,,0', "line 2: '' in column y; a number is needed"],
  ['a text', '1,two,0', "line 2: 'two' in column y; a number is needed"],
  ['a label that is a text', '1,2,yes', "line 2: 'yes' in column label; a number is needed"],
  ['a label below 0', '1,2,-1', "line 2: '-1' in column label; labels are whole numbers from 0 to 255"],
  ['a label above 255', '1,2,256', "line 2: '256' in column label; labels are whole numbers from 0 to 255"],
  ['a row that is short', '1,2', 'line 2: 2 cells; 3 are needed, for x, y, label'],
])('%s is refused', (_, row, message) => {
  expect(() => pointsOf(`x,y,label\n${row}\n`)).toThrow(message);
});
