import { runPipeline } from 'pipeline-gpu/node';
import { expect, test } from 'vitest';
import first from '../pipelines/first.ts';

test('the first pipeline tells the groups apart', { timeout: 60_000 }, async () => {
  const { status, outputs, error } = await runPipeline(first);
  expect(error).toBeUndefined();
  expect(status).toBe('ok');
  expect(outputs['class-counts']).toEqual({ classCounts: [expect.any(Number), expect.any(Number)] });
  expect(outputs['score']?.['testAccuracy']).toBeGreaterThan(0.8);
});
