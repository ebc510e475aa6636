// `pipeline graph` from the command line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';

const NESTED = 'test/fixtures/pipelines/nested.ts';
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pipeline-graph-'))));
afterAll(() => rmSync(folder, { recursive: true }));

test('Mermaid text on stdout, without a device', async () => {
  const { code, stdout, stderr } = await cli(['graph', NESTED], { env: { PIPELINE_ADAPTER: 'none-of-this-name' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^flowchart TD\n/);
  expect(stdout).toMatch(/^ {4}subgraph f\d+\["strong"\]$/m);
});

test.each(['svg', 'html'])('%s into a file, in a folder that is made', async (format) => {
  const out = join(folder, format, `graph.${format}`);
  const { code, stdout, stderr } = await cli(['graph', NESTED, '--format', format, '--out', out]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  const text = readFileSync(out, 'utf8');
  expect(text).toMatch(format === 'svg' ? /^<svg [^]*<\/svg>\n$/ : /^<!doctype html>[^]*<svg [^]*<\/html>\n$/);
  // Offline: the only address is SVG's own name.
  expect(text.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
});

test('an unknown format, and a place that cannot be written, are usage errors', async () => {
  expect(await cli(['graph', NESTED, '--format', 'png'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/--format is 'png'; 'mermaid', 'svg' or 'html' is needed/),
  });
  const there = await cli(['graph', NESTED, '--out', folder]);
  expect(there).toMatchObject({ code: 2, stderr: expect.stringMatching(/E_USAGE .* cannot be written[^]*try: /) });
});

test('shaders beside pipelines are no pipelines', async () => {
  expect((await cli(['list'])).stdout).not.toContain('.wgsl');
  const { code, stderr } = await cli(['graph', 'ink.wgsl']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/E_USAGE No pipeline file 'ink\.wgsl'/) });
});
