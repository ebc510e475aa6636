import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rememberedLimits } from '../../../src/runtime/node/device/rememberedLimits.ts';
import { openNodeCompute } from '../../../src/runtime/node/runtime.ts';

const before = process.env['PIPELINE_CACHE'];
let folder: string;

beforeAll(() => (process.env['PIPELINE_CACHE'] = folder = mkdtempSync(join(tmpdir(), 'pipeline-limits-'))));
afterAll(() => {
  if (before === undefined) delete process.env['PIPELINE_CACHE'];
  else process.env['PIPELINE_CACHE'] = before;
  rmSync(folder, { recursive: true });
});

test('a device that was opened leaves its limits behind, by the adapter asked for', async () => {
  expect(await rememberedLimits('software')).toBeUndefined();
  const { compute, summary } = await openNodeCompute({ adapter: 'software', quiet: true });
  const { maxBindingBytes } = compute.limits;
  compute.destroy();
  expect(await rememberedLimits(' Software ')).toEqual({ name: summary.name, maxBindingBytes });
  expect(await rememberedLimits('gpu')).toBeUndefined();
});
