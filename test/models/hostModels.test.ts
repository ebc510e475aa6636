// Saved models without a device: what they say on the host is what a device says, within f32.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';
import { exportedEstimators, ON_TEXTS } from '../support/exportedEstimators.ts';
import { stageContext } from '../support/smallSets.ts';
import type { Model } from '../../src/dsl/estimator.ts';
import { targetByKind, type Kind } from '../../src/dsl/kind.ts';
import { loadModel, saveModel } from '../../src/node.ts';
import { adapterFor } from '../../src/runtime/node/modelFiles.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { apart } from '../../src/testing/failing.ts';
import { tablesOf } from '../../src/testing/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-host-'));
const device = stageContext(await testCompute());
const learned = stageContext(new ReferenceCompute());
const estimators = exportedEstimators().filter(([name]) => !ON_TEXTS.has(name));
/** What models say in numbers, whichever of these they have. */
const SAYS = ['decisionFunction', 'transform', 'predict'] as const;

test.each(estimators)('%s', async (name, estimator) => {
  const kind = (estimator.kind ?? 'classifier') as Kind;
  const tables = tablesOf(kind === 'transformer' ? 'classes' : targetByKind[kind]);
  // A threshold is of two classes.
  const rows = tables[name.includes('Threshold') ? 1 : 0]!;
  const [trained] = await (estimator as never as { train: (...given: unknown[]) => Promise<{ model: Model }[]> }).train(rows, [{ name: 'fit' }], {}, learned);
  const file = join(folder, `${name}.safetensors`);
  await saveModel(file, trained!.model);
  const model = await loadModel<Record<string, unknown>>(file, { adapter: 'host' });
  const say = SAYS.find((one) => typeof model[one] === 'function')!;
  const asked = async (context?: unknown): Promise<ArrayLike<number>> => {
    const said = await (model[say] as (rows: unknown, context?: unknown) => Promise<ArrayLike<number> | { readonly data: ArrayLike<number> }>)(rows, context);
    return 'data' in said ? said.data : said;
  };
  const here = await asked();
  expect(here.length).toBeGreaterThan(0);
  expect(apart(here, await asked(device))).toBeLessThan(1e-4);
});

test("'auto' opens a device for much, a name always, and 'host' never", async () => {
  const auto = adapterFor(1e6, 'auto');
  expect((await auto(200)).onHost).toBe(true);
  expect((await auto(201)).onHost).toBeUndefined();
  expect((await adapterFor(1, 'software')(1)).onHost).toBeUndefined();
  expect((await adapterFor(1e9, 'host')(1e9)).onHost).toBe(true);
  await expect(adapterFor(1, 'no such adapter')(1)).rejects.toMatchObject({ code: 'E_NO_ADAPTER' });
});

test('what loads saved models knows all of their types, and loads neither rxjs nor Dawn', async () => {
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const text = source.map((path) => readFileSync(join(ROOT, 'src', path), 'utf8')).join('\n');
  const named = [...text.matchAll(/\b(?:registerType|combined(?:Classifier|Regressor)(?:<[^;(]*>)?)\('(\w+)'/g)].map(([all, name]) =>
    all.startsWith('registerType') ? name! : `${name}Model`,
  );
  const data = ['rowsFile', 'storedMatrix', 'shiftedRows'];
  const types = [...named.filter((name) => !data.includes(name)), 'ridgeModel', 'kMeansModel', 'pcaModel'];
  expect(types).toEqual(expect.arrayContaining(['logisticModel', 'chainModel', 'searchedModel', 'thresholdClassifierModel', 'votingClassifierModel']));
  const script = `
    await import('./src/node.ts');
    const { makerOf } = await import('./src/core/encoding/encoding.ts');
    const { createRequire } = await import('node:module');
    const unknown = ${JSON.stringify(types)}.filter((type) => !makerOf(type));
    const loaded = [...Object.keys(createRequire(import.meta.url).cache), ...process.report.getReport().sharedObjects];
    console.log(JSON.stringify({ unknown, heavy: loaded.filter((path) => /node_modules[\\\\/]rxjs|dawn\\.node/.test(path)) }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pipeline-gpu-source', '--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: ROOT,
  });
  expect(JSON.parse(stdout)).toEqual({ unknown: [], heavy: [] });
});
