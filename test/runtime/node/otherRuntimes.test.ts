// The main job in runtimes other than Node, from the built package. Deno has WebGPU of its own, wgpu: beside Dawn and Chromium
// a third stack that must say the same. Bun computes on Dawn, as Node does.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { cacheDirectory } from '../../../src/runtime/node/directories.ts';
import { missingVulkanLoader } from '../../../src/runtime/node/device/dawn.ts';
import { findSwiftShader, unpackSwiftShader } from '../../../src/runtime/node/device/swiftshader.ts';
import { cli, jsonLines, ROOT } from '../../support/cli.ts';

type Outputs = Record<string, Record<string, unknown>>;

interface Finished {
  readonly status: string;
  readonly outputs: Outputs;
  readonly adapter?: { readonly name: string; readonly driver: string };
  readonly error?: string;
}

const CHILD = join(ROOT, 'test/support/mainJobChild.ts');
let expected: Outputs;

beforeAll(async () => {
  const { code, stdout } = await cli(['run', 'mnist-2detector.ts', '--json']);
  expect(code).toBe(0);
  expected = (jsonLines(stdout).at(-1) as { outputs: Outputs }).outputs;
});

async function mainJob(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const { stdout } = await promisify(execFile)(join(ROOT, 'node_modules/.bin', command), [...args, CHILD], { cwd: ROOT, env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Finished;
}

/** Within a row of Node's, on whatever adapters. */
function expectNodes({ status, outputs, error }: Finished): void {
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  const scores = (of: Outputs): readonly number[] => [of['score']!['testAccuracy'] as number, ...(of['cross-validate']!['foldScores'] as number[])];
  const [found, wanted] = [scores(outputs), scores(expected)];
  expect(found).toHaveLength(4);
  found.forEach((score, i) => expect(Math.abs(score - wanted[i]!)).toBeLessThanOrEqual(1 / (i === 0 ? 10_000 : 20_000) + 1e-9));
  expect(outputs['fit']).toMatchObject({ status: 'converged', classes: ['not 2', '2'] });
  expect(Math.abs((outputs['fit']!['trainAccuracy'] as number) - (expected['fit']!['trainAccuracy'] as number))).toBeLessThanOrEqual(1 / 60_000 + 1e-9);
  expect(outputs['predict']).toMatchObject({ row: 36_001, label: 2, prediction: true });
}

test('Deno, on its own WebGPU', { timeout: 240_000 }, async () => {
  const finished = await mainJob('deno', ['run', '--allow-all', '--no-lock']);
  expect(finished.adapter).toMatchObject({ driver: expect.stringMatching(/^Deno\//) });
  expectNodes(finished);
});

test('Bun, on Dawn', { timeout: 240_000 }, async () => {
  // Its variables do not reach the driver: where the system has no Vulkan, SwiftShader must be named from outside.
  const missing = missingVulkanLoader() !== undefined;
  const archive = findSwiftShader();
  if ('missing' in archive) throw new Error(archive.missing);
  const { icd, loader } = await unpackSwiftShader(archive, { cache: cacheDirectory() });
  expectNodes(await mainJob('bun', [], missing ? { VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: dirname(loader) } : {}));
});
