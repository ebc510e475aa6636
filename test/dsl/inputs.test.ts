// What stages declare of the world around them, whatever makes them.
import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { durationMs, fileUrl } from '../../src/dsl/stage/inputs.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import { z } from '../../src/dsl/params.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { operator, stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import { input, output, wgslStage } from '../../src/dsl/wgsl/wgslStage.ts';
import { fetch } from '../../src/stages/fetch.ts';

const declared = { inputs: { files: ['x.txt'], env: ['MODE'], validFor: '24h' }, outputs: ['y.txt'] } as const;

test('every maker of stages takes a declaration, and a stage that is made anew keeps it', () => {
  const schema = z.strictObject({ by: z.number().default(1) });
  const own = stage({ id: 'own', needs: [], provides: ['x'], schema, run: () => ({ x: 1 }), ...declared });
  const set = reconfigure(pipelineOf('set', [own]), [{ path: 'own', param: 'by', value: 2, written: '--set own.by=2' }]);
  const shader = wgslStage({
    id: 'shader',
    needs: ['level'],
    source: new URL('./x.wgsl', import.meta.url),
    bindings: { level: input('f32'), bright: output('f32') },
    launch: ({ level }: { readonly level: Float32Array }) => ({ inputs: { level }, lengths: { bright: 1 }, grid: [1] }),
    ...declared,
  });
  const piped = operator({ id: 'piped', needs: [], provides: ['x'], operator: map(() => ({ x: 1 })), ...declared });
  for (const { spec } of [own, set.stages[0]!, withPolicy(own, { retries: 1 }), shader, piped] as readonly AnyStage[]) {
    expect(spec).toMatchObject({ ...declared, own: true });
  }
});

test('a source with inputs is kept: its digests, or its values where they cannot be loaded again', () => {
  const source = { name: 'points', load: () => Promise.reject(new Error('not loaded')) };
  expect(fetch(source).spec.retention).toBe('nothing');
  expect(fetch({ ...source, digest: 'd' }).spec).toMatchObject({ retention: 'digests', inputs: {} });
  expect(fetch({ ...source, inputs: { env: ['MODE'] } }).spec).toMatchObject({ retention: 'digests', inputs: { env: ['MODE'] } });
  expect(fetch({ ...source, inputs: { validFor: '1h' } }).spec).toMatchObject({ retention: 'values', inputs: { validFor: '1h' } });
});

test('durations', () => {
  expect(['90s', '15m', '24h', '7d', '0.5h'].map(durationMs)).toEqual([90_000, 900_000, 86_400_000, 604_800_000, 1_800_000]);
  expect(['', '24', 'h', '-1h', '1 h', '1w', '24h '].map(durationMs)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined]);
});

test('paths are relative to the file that declares them, whatever is in their names', () => {
  const at = { file: '/home/me/a #1?/stage.ts', line: 1, column: 1 };
  expect(decodeURIComponent(fileUrl('../x 100%.csv', at).pathname)).toBe('/home/me/x 100%.csv');
  expect(decodeURIComponent(fileUrl('data/ü?#.csv', at).pathname)).toBe('/home/me/a #1?/data/ü?#.csv');
  expect(fileUrl('/tmp/x', at).href).toBe('file:///tmp/x');
  const url = new URL('file:///x');
  expect(fileUrl(url, undefined)).toBe(url);
});
