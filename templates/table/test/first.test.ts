import { runPipeline } from 'pipeline-gpu/node';
import { expect, test } from 'vitest';
import first from '../pipelines/first.ts';

test('the first pipeline runs to its end', { timeout: 60_000 }, async () => {
  const { status, outputs, error } = await runPipeline(first);
  expect(error).toBeUndefined();
  expect(status).toBe('ok');
  expect(outputs['cross-validate']?.['meanScore']).toBeGreaterThan(-Infinity);
});
