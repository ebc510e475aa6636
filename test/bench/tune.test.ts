// The search for fast shapes, what `pipeline doctor --tune` says of it, and that what it keeps is what later runs use.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import { defaultShape, GROUP_SIZES, isShapeOf, KERNELS, type Shape } from '../../src/estimators/linear/tuning/shapes.ts';
import { searchShape, type Search } from '../../src/estimators/linear/tuning/tune.ts';
import { shapesFor } from '../../src/estimators/linear/tuning/variants.ts';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';

const run = promisify(execFile);
const compute = await testCompute();
const lanes = compute.subgroupLanes;

/** A compute with notes of its own. */
function withNotes(kept: Map<string, unknown>): Compute {
  return { ...compute, notes: { get: async (topic) => kept.get(topic) as never, set: async (topic, _kernels, note) => void kept.set(topic, note) } };
}

test('the search walks form, workgroup and quads, and keeps the fastest', async () => {
  const cost = ({ form, workgroup, quads }: Shape): number => (form === 'subgroups' ? 1 : 2) + Math.abs(workgroup - 128) / 100 + Math.abs(quads - 4);
  const rounds: number[] = [];
  const { candidates, kept } = await searchShape({ kernel: 'margins', models: 4, lanes: 8 }, async (_kernel, _models, shapes) => {
    rounds.push(shapes.length);
    return shapes.map(cost);
  });
  expect(rounds).toEqual([2, 4, 3]);
  expect(kept).toEqual({ form: 'subgroups', workgroup: 128, quads: 4 });
  expect(candidates).toHaveLength(2 + 3 + 2); // a shape measured twice stands here once
  expect(Math.min(...candidates.map(({ ms }) => ms))).toBe(cost(kept));
});

test('a kernel without subgroups and quads is searched over what is left', async () => {
  const { candidates, kept } = await searchShape({ kernel: 'gradient', models: 1, lanes: 0 }, async (_kernel, _models, shapes) =>
    shapes.map(({ workgroup }) => workgroup),
  );
  expect(candidates.map(({ workgroup }) => workgroup)).toEqual([32, 64, 128, 224]);
  expect(kept).toEqual({ form: 'plain', workgroup: 32, quads: 1 });
});

test('what was chosen is noted, and a later device takes the note', async () => {
  const kept = new Map<string, unknown>();
  const shapes = await shapesFor(withNotes(kept), 'u8');
  for (const kernel of KERNELS) for (const models of GROUP_SIZES) expect(isShapeOf({ kernel, models, lanes }, shapes[kernel][models])).toBe(true);
  expect([...kept.keys()]).toEqual(['linear-u8']);
  const slow: Shape = { form: 'plain', workgroup: 256, quads: 1 };
  kept.set('linear-u8', { ...shapes, margins: { ...shapes.margins, 8: slow } });
  expect((await shapesFor(withNotes(kept), 'u8')).margins[8]).toEqual(slow);
});

const shape = (given: Partial<Shape>): Shape => ({ ...defaultShape({ kernel: 'margins', models: 1, lanes: 0 }, 'plain'), ...given });
const everywhere = (one: Shape): object => {
  const sizes = Object.fromEntries(GROUP_SIZES.map((models) => [models, one]));
  return { margins: sizes, gradient: sizes };
};
test.each([
  null,
  3,
  {},
  { few: { margins: 'plain', gradient: 'plain' }, many: { margins: 'plain', gradient: 'plain' } },
  everywhere(shape({ workgroup: 7 })),
  everywhere(shape({ quads: 3 })),
  everywhere(shape({ form: 'fast' as 'plain' })),
])('a note that is none of ours is measured anew: %j', async (note) => {
  const kept = new Map<string, unknown>([['linear-u8', note]]);
  const shapes = await shapesFor(withNotes(kept), 'u8');
  expect(kept.get('linear-u8')).toBe(shapes);
  for (const kernel of KERNELS) for (const models of GROUP_SIZES) expect(isShapeOf({ kernel, models, lanes }, shapes[kernel][models])).toBe(true);
});

test('doctor --tune tells every candidate and the one kept, of each kernel, type of rows and group size', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-tune-'));
  try {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', '--conditions=pipeline-gpu-source', 'src/cli/main.ts', 'doctor', '--tune', '--json'],
      // The embedded adapter would be unpacked into a cache folder of its own.
      { cwd: ROOT, env: lanes === 0 || process.env['PIPELINE_ADAPTER'] === 'swiftshader' ? process.env : { ...process.env, PIPELINE_CACHE: folder } },
    );
    const report = JSON.parse(stdout) as { type: string; adapter: { name: string }; searches: Search[] };
    expect(report).toMatchObject({ type: 'tuned', adapter: { name: expect.any(String) } });
    expect(report.searches).toHaveLength(2 * KERNELS.length * GROUP_SIZES.length);
    for (const { kernel, models, candidates, kept } of report.searches) {
      for (const { ms, ...one } of candidates) expect(isShapeOf({ kernel, models, lanes }, one) && ms > 0).toBe(true);
      expect(new Set(candidates.map(({ workgroup }) => workgroup)).size).toBeGreaterThan(2);
      expect(candidates.toSorted((a, b) => a.ms - b.ms)[0]).toMatchObject(kept);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
