// `pipeline doctor --tune`, and that what it keeps is what later runs use.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tune, variantsFor } from '../../src/estimators/linear/variants.ts';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';

const run = promisify(execFile);
const compute = await testCompute();

test('what was tuned is read back under the key that a fit looks under', async () => {
  const asked: string[] = [];
  const kept = new Map<string, unknown>();
  const notes = {
    get: async (topic: string, kernels: readonly object[]) => kept.get(`${topic} ${kernels.length}`) as never,
    set: async (topic: string, kernels: readonly object[], note: unknown) => {
      asked.push(topic);
      kept.set(`${topic} ${kernels.length}`, note);
    },
  };
  const { kept: forms, ms } = await tune({ ...compute, notes }, 'u8');
  expect(ms === undefined).toBe(compute.subgroupLanes === 0);
  const variants = await variantsFor({ ...compute, notes }, 'u8');
  const form = (kernel: { readonly name: string }): string => (kernel.name.endsWith('_subgroups') ? 'subgroups' : 'plain');
  const used = (models: number) => ({ margins: form(variants.margins(models).kernel), gradient: form(variants.gradient(models, 196).kernel) });
  expect({ few: used(1), many: used(8) }).toEqual(forms);
  expect(asked).toEqual(compute.subgroupLanes === 0 ? [] : ['linear-u8']); // variantsFor measured nothing anew
});

test.each([null, 3, {}, { few: { margins: 'plain' } }, { margins: 'plain', gradient: 'plain' }])(
  'a note that is none of ours is measured anew: %j',
  async (note) => {
    const notes = { get: async () => note as never, set: async () => {} };
    const variants = await variantsFor({ ...compute, notes }, 'u8');
    expect(variants.margins(1).kernel.name).toMatch(/^margins/);
  },
);

test('doctor --tune prints a table or one object, and leaves a note for each type of rows', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-tune-'));
  const doctor = (...args: string[]) =>
    run(process.execPath, ['--import', 'tsx', '--conditions=pipeline-gpu-source', 'src/cli/main.ts', 'doctor', '--tune', ...args], {
      cwd: ROOT,
      // The embedded adapter would be unpacked into a cache folder of its own.
      env: compute.subgroupLanes === 0 || process.env['PIPELINE_ADAPTER'] === 'swiftshader' ? process.env : { ...process.env, PIPELINE_CACHE: folder },
    });
  try {
    const { stdout } = await doctor('--json');
    const report = JSON.parse(stdout) as { type: string; adapter: { name: string }; kernels: { dtype: string; kept: object }[] };
    expect(report).toMatchObject({ type: 'tuned', adapter: { name: expect.any(String) } });
    const form = expect.stringMatching(/^(plain|subgroups)$/);
    expect(report.kernels).toMatchObject(
      ['u8', 'f32'].map((dtype) => ({ dtype, kept: { few: { margins: form, gradient: form }, many: { margins: form, gradient: form } } })),
    );
    const table = (await doctor()).stdout.trimEnd().split('\n');
    expect(table).toHaveLength(10);
    expect(table[1]).toMatch(/^kernel +rows +models +plain ms +subgroups ms +kept$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
