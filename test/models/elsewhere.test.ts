// A model that leaves the process it was trained in: a file, then another process on the same adapter, one on every other
// adapter of this machine, and a page in a browser.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { ROOT } from '../support/cli.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';
import { standardScaling } from '../support/standardScaling.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { modelToBytes } from '../../src/models/modelFile.ts';
import { saveModel } from '../../src/node.ts';
import { wgslAsData } from '../../src/runtime/node/code/bundle.ts';
import { searchAdapter } from '../../src/runtime/node/device/adapters.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';

const CHILD = fileURLToPath(new URL('../support/decisionsChild.ts', import.meta.url));
/** Of the largest decision. */
const CLOSE = 1e-5;

const { candidates } = await searchAdapter({ tryAll: true, quiet: true });
const { compute, summary } = await openNodeCompute({ quiet: true });
afterAll(() => compute.destroy());
const others = candidates.flatMap(({ summary: other }) => (other && other.name !== summary.name ? [other.name] : []));

const digits = smallSet('digits');
const [trained] = await logisticRegression({ tol: 0.01 }).train(
  { ...digits, scaling: await standardScaling(digits) },
  [{ name: 'fit' }],
  {},
  stageContext(compute),
);
const { model } = trained!;
const here = await model.decisionFunction(digits, stageContext(compute));
const file = join(mkdtempSync(join(tmpdir(), 'pipeline-model-')), 'digits.safetensors');
await saveModel(file, model);

/** Decisions of a process that loads the file and opens `adapter`. */
async function elsewhere(adapter: string): Promise<Float64Array> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pipeline-gpu-source', '--import', 'tsx', CHILD, file, adapter], {
    cwd: ROOT,
    maxBuffer: 1e7,
  });
  const said = JSON.parse(stdout) as { readonly adapter: string; readonly decisions: string };
  expect(said.adapter).toBe(adapter);
  return new Float64Array(Uint8Array.from(Buffer.from(said.decisions, 'base64')).buffer);
}

function expectClose(decisions: ArrayLike<number>): void {
  expect(decisions.length).toBe(here.length);
  const away = here.reduce((most, value, i) => Math.max(most, Math.abs(value - decisions[i]!)), 0);
  expect(away / here.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(CLOSE);
}

test('decisions are of ten classes, and differ', () => {
  expect(here.length).toBe(17_970);
  expect(new Set(here).size).toBeGreaterThan(17_000);
});

test('in another process on the same adapter: bit-equal', async () => {
  expect(await elsewhere(summary.name)).toEqual(here);
});

describe.each(others)('on %s', (adapter) => {
  test('within 1e-5', async () => expectClose(await elsewhere(adapter)));
});

/** What the page offers to this test: bytes of a model, and of the digits' pixels, to decisions. */
const PAGE = `import { matrix, modelFromBytes } from './src/browser.ts';
globalThis.decide = async (bytes, rows, cols, pixels) => {
  const { model } = await modelFromBytes('digits', Uint8Array.from(bytes));
  const x = matrix(rows, cols, Uint8Array.from(pixels));
  return [...(await model.decisionFunction({ name: 'digits', role: 'test', x, labels: new Uint8Array(rows), rows: Uint32Array.from({ length: rows }, (_, i) => i) }))];
};`;

test('in a browser: within 1e-5', async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: ROOT },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2023',
    plugins: [wgslAsData],
  });
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    await page.route('http://localhost/', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto('http://localhost/');
    await page.addScriptTag({ type: 'module', content: outputFiles[0]!.text });
    await page.waitForFunction('globalThis.decide');
    const { rows, cols, data } = digits.x;
    const given = [[...(await modelToBytes(model))], rows, cols, [...data]].map((value) => JSON.stringify(value)).join();
    expectClose((await page.evaluate(`decide(${given})`)) as number[]);
  } finally {
    await browser.close();
  }
});
