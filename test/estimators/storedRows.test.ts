// Rows that stay in a file, and rows that do not fit the device: the same model, to the last bit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallSet, stageContext } from '../support/smallSets.ts';
import { testCompute } from '../support/compute.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { storedMatrix } from '../../src/runtime/node/files/storedMatrix.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';

const compute = await testCompute();
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'stored-rows-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Digits four times over: several tiles, a shuffled order, an odd end. */
function manyDigits() {
  const set = smallSet('digits', 2);
  const rows = Uint32Array.from({ length: 4 * 1797 - 5 }, (_, i) => (i * 7919) % 1797);
  return { ...set, rows };
}

const fitOn = async (device: GpuCompute, data: ReturnType<typeof manyDigits>) =>
  (await logisticRegression({ tol: 1e-3 }).train(data as never, [{ name: 'fit' }], {}, stageContext(device)))[0]!.model;

/** The device, with less room for rows. */
const cramped = (residentBytes: number): GpuCompute => ({ ...compute, limits: { ...compute.limits, residentBytes } });

test('rows in a file behind a header equal rows in memory', async () => {
  const data = manyDigits();
  const path = join(folder, 'rows.u8');
  writeFileSync(path, Buffer.concat([Buffer.alloc(16, 0xff), data.x.data as Uint8Array]));
  const stored = { ...data, x: storedMatrix(path, { rows: 1797, cols: 64, offset: 16 }) };
  const [a, b] = [await fitOn(compute, data), await fitOn(compute, stored as never)];
  expect(b.coef).toEqual(a.coef);
  expect(b.summary).toEqual(a.summary);
});

test.each([0, 200_000])('rows brought in for each pass equal resident rows: %d bytes of room', async (room) => {
  const data = manyDigits();
  const whole = await fitOn(compute, data);
  const alive = compute.liveBytes();
  const streamed = await fitOn(cramped(room), { ...data, rows: data.rows.slice() });
  expect(streamed.coef).toEqual(whole.coef);
  expect(streamed.nIter).toBe(whole.nIter);
  expect(compute.liveBytes() - alive).toBeLessThanOrEqual(room);
});

test('rows larger than one binding are cut into chunks and give the same model', async () => {
  const data = manyDigits();
  const whole = await fitOn(compute, data);
  const small: GpuCompute = { ...compute, limits: { ...compute.limits, maxBindingBytes: 150_000 } };
  expect((await fitOn(small, { ...data, rows: data.rows.slice() })).coef).toEqual(whole.coef);
});

test('a file that is too short is refused with what is missing', () => {
  const path = join(folder, 'short.u8');
  writeFileSync(path, Buffer.alloc(100));
  expect(() => storedMatrix(path, { rows: 10, cols: 11 })).toThrow(
    expect.objectContaining({ code: 'E_DATA', message: expect.stringMatching(/has 100 bytes; 10 rows of 11 behind 0 bytes need 110/) }),
  );
});
