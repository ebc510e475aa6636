// The device of a test file. No adapter is a failure, never a skip: the embedded SwiftShader needs no driver.
import { afterAll } from 'vitest';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';

/** Opens the device that PIPELINE_ADAPTER names, or the best one, and closes it after the file's tests. */
export async function testCompute(): Promise<GpuCompute> {
  const { compute } = await openNodeCompute();
  afterAll(() => compute.destroy());
  return compute;
}
