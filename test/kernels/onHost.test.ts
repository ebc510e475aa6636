// What a ReferenceCompute makes of every kernel's buffers, byte for byte of their places, against a device: any params and
// sizes, any bytes in the inputs, outputs that held something before. The draws are those of `pipeline doctor --self-test`; fast-check
// gives their seeds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';
import type { Kernel } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { drawsFor } from '../../src/testing/draws/all.ts';
import { checkDrawn } from '../../src/testing/selfTest.ts';

const compute = await testCompute();
/** Of each kernel. */
const RUNS = 6;
const checked = new Set<Kernel>();

describe('the host does what the device does', () => {
  test.each(Object.entries(drawsFor(compute)))('%s', (_, draw) =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (seed) => {
        const drawn = draw.from(new RandomState(seed));
        await checkDrawn(drawn, compute);
        checked.add(drawn.of ?? drawn.kernel);
      }),
      // Another seed is another launch, not a smaller one.
      { numRuns: RUNS, endOnFailure: true },
    ),
  );
});

/** Kernels that the files of a kernel's folder export, alone or in records of them. */
function kernelsIn(value: unknown): readonly Kernel[] {
  if (value === null || typeof value !== 'object') return [];
  if ('source' in value && 'bindings' in value) return [value as Kernel];
  return Object.values(value).flatMap(kernelsIn);
}

// Last: every kernel was drawn above, but for those that this device cannot run.
test('every kernel of src/kernels is checked', async () => {
  const root = join(ROOT, 'src/kernels');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /^\w+\/\w+\.ts$/.test(file));
  const exported = await Promise.all(files.map(async (file) => [file, kernelsIn({ ...((await import(join(root, file))) as object) })] as const));
  const forgotten = exported.flatMap(([file, kernels]) =>
    kernels.filter((kernel) => !checked.has(kernel) && (kernel.enable ?? []).every((name) => compute.features.has(name))).map(({ name }) => `${file}: ${name}`),
  );
  expect(exported.flatMap(([, kernels]) => kernels).length).toBeGreaterThan(10);
  expect(forgotten).toEqual([]);
});
