import { expect, test } from 'vitest';
import { takeRows } from '../../src/core/data/features.ts';
import { matrix } from '../../src/core/data/matrix.ts';

test.each([
  ['u8', Uint8Array],
  ['u16', Uint16Array],
  ['f32', Float32Array],
  ['f64', Float64Array],
] as const)('%s: the array decides the dtype, and rows keep it', async (dtype, Values) => {
  const made = matrix(2, 2, Values.of(1, 2, 3, 4));
  expect(made.dtype).toBe(dtype);
  expect(await takeRows(made, Uint32Array.of(1, 0))).toEqual(matrix(2, 2, Values.of(3, 4, 1, 2)));
});

test.each([
  ['Int8Array', new Int8Array(4)],
  ['Array', [1, 2, 3, 4]],
  ['null', null],
])('%s is refused, not read as bytes', (kind, values) =>
  expect(() => matrix(2, 2, values as never)).toThrow(
    expect.objectContaining({
      code: 'E_SHAPE',
      message: expect.stringContaining(`a value of type ${kind} arrived`),
      hint: expect.stringContaining('Float64Array.from'),
    }),
  ),
);
