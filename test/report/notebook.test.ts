// Values and runs in the cell of a notebook, with kernels that keep what they are sent.
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { DISPLAY } from '../../src/core/notebook.ts';
import { fetch, figure, iris, pipeline, PipelineError, show, stage, takeRows, type Fetched } from '../../src/api.ts';
import { display, runPipeline } from '../../src/node.ts';

type Sent = { readonly type: string; readonly data: Readonly<Record<string, string>>; readonly id?: string | undefined };

let sent: Sent[] = [];

afterEach(() => {
  sent = [];
  Reflect.deleteProperty(globalThis, 'Deno');
  Reflect.deleteProperty(globalThis, '__tslab__');
});

function deno(): void {
  const broadcast = async (type: string, { data, transient }: { data: Sent['data']; transient: { display_id?: string } }): Promise<void> =>
    void sent.push({ type, data, id: transient.display_id });
  Object.assign(globalThis, { Deno: { jupyter: { broadcast } } });
}

function tslab(): void {
  let places = 0;
  const newDisplay = (): object => {
    const id = String(places++);
    return { raw: (type: string, content: string) => sent.push({ type: 'display_data', data: { [type]: content }, id }) };
  };
  Object.assign(globalThis, { __tslab__: { require: () => ({ newDisplay }) } });
}

const chart = stage({
  id: 'chart',
  needs: ['data'],
  provides: [],
  run: async ({ data }: Fetched, context) => {
    const { data: x } = await takeRows(data.x, data.rows.subarray(0, 20));
    figure({ kind: 'histogram', title: 'First <values>', x: { name: 'value' }, series: [{ name: 'flowers', values: x }] }).show(context);
    for (const from = Date.now(); sent.length < 2 && Date.now() - from < 20_000;) await new Promise((resolve) => setTimeout(resolve, 50));
    return {};
  },
});
const flowers = pipeline('flowers', fetch(iris()), chart);

test('a run is shown in one place of the cell, anew while it goes on, with its charts', async () => {
  deno();
  const result = await runPipeline(flowers, { values: ['data'] });
  expect(result.status).toBe('ok');
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  expect(sent.map(({ type }) => type)).toEqual(['display_data', ...sent.slice(1).map(() => 'update_display_data')]);
  expect(sent.length).toBeGreaterThan(2);
  expect(sent[0]!.data['text/plain']).toContain('chart'); // still at work
  const last = sent.at(-1)!.data;
  expect(last['text/html']).toMatch(/flowers seed 0[\s\S]*<svg[\s\S]*First &lt;values&gt;[\s\S]*<\/svg>[\s\S]*chart[\s\S]*done in/);
  expect(last['text/html']).not.toContain('<values>');
  expect(last['text/plain']).toContain('[First <values>]');
  // The run stands in the cell; its result says so in a line, and its data show themselves.
  const shownBy = (value: object): Promise<Sent['data']> => (value as Record<typeof DISPLAY, () => Promise<Sent['data']>>)[DISPLAY]();
  expect(await shownBy(result)).toEqual({ 'text/plain': 'ok: outputs of fetch, chart' });
  expect(inspect(result)).toBe('ok: outputs of fetch, chart');
  expect(Object.keys(result)).not.toContain('Symbol(Jupyter.display)');
  const data = await shownBy((result as { values: { data: object } }).values.data);
  expect(data['text/plain']).toBe('iris, all rows: 150 of 4 columns');
  expect(data['text/html']).toContain('setosa');
});

test('a run that fails says why in the cell', async () => {
  tslab();
  const wrong = stage({
    id: 'wrong',
    needs: [],
    provides: [],
    run: () => {
      throw new PipelineError('E_DATA', 'There are <no> rows.', { hint: 'Bring some.' });
    },
  });
  const { status } = await runPipeline(pipeline('fails', fetch(iris()), wrong));
  expect(status).toBe('failed');
  expect(sent.at(-1)!.data['text/html']).toMatch(/There are &lt;no&gt; rows\.[\s\S]*Bring some\./);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
});

test('a digit is a picture, in either kernel', async () => {
  const row = figure({ kind: 'images', title: 'a <cross>', x: Uint8Array.of(255, 0, 0, 255), width: 2, height: 2 });
  deno();
  await display(row);
  const png = sent[0]!.data['image/png']!;
  expect(Buffer.from(png, 'base64').subarray(1, 4).toString()).toBe('PNG');
  Reflect.deleteProperty(globalThis, 'Deno');
  tslab();
  await display(row);
  expect(sent[1]!.data).toEqual({ 'image/png': png });
  await display(figure({ kind: 'bars', title: 'two', value: 'count', bars: [{ name: 'a', value: 1 }] }));
  expect(sent[2]!.data['image/svg+xml']).toContain('<svg');
  expect(sent).toHaveLength(3);
});

test('any other value is shown as the console prints it', async () => {
  deno();
  for (const value of [NaN, 10n, new Map([[1, 'a']]), { a: undefined }, 'text']) await display(value);
  expect(sent.map(({ data }) => data['text/plain'])).toEqual(['NaN', '10n', "Map(1) { 1 => 'a' }", '{ a: undefined }', 'text']);
});

test('what a kernel refuses to draw on the way ends nothing', async () => {
  deno();
  let refused = 0;
  const { jupyter } = (globalThis as unknown as { readonly Deno: { jupyter: { broadcast(...given: unknown[]): Promise<void> } } }).Deno;
  const { broadcast } = jupyter;
  jupyter.broadcast = (...given) => (refused++ === 0 ? Promise.reject(new Error('busy')) : broadcast(...given));
  expect((await runPipeline(flowers)).status).toBe('ok');
  expect(refused).toBeGreaterThan(1);
  expect(sent.at(-1)!.data['text/html']).toContain('done in');
});

test('outside a notebook nothing is drawn, and results are as they were', async () => {
  const result = await runPipeline(pipeline('plain', fetch(iris()), show({ row: 1 })));
  expect(Object.getOwnPropertySymbols(result)).toEqual([]);
});
