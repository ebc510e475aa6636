// Spans of runs, in OpenTelemetry's own SDK: where a provider is registered, and only there.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { pipeline } from '../../../src/dsl/graph/pipeline.ts';
import { stage } from '../../../src/dsl/stage/ownStage.ts';
import { runPipeline } from '../../../src/runtime/node/runPipeline.ts';
import { ROOT } from '../../support/cli.ts';
import { sumProject } from '../../support/project.ts';

afterEach(() => {
  trace.disable();
  vi.doUnmock('@opentelemetry/api');
  vi.resetModules();
});

function listen(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  return exporter;
}

const count = (to: number) =>
  stage({
    id: 'count',
    needs: [],
    provides: ['count'],
    params: { to },
    inputs: {},
    outputs: [],
    run: () => {
      if (to < 0) throw new RangeError('below zero');
      return { count: to };
    },
    output: ({ count }) => ({ count, unit: 'sheep' }),
  });
const twice = stage({ id: 'twice', needs: ['count'], provides: ['twice'], run: ({ count }: { readonly count: number }) => ({ twice: 2 * count }) });
const byName = (spans: readonly ReadableSpan[]): Readonly<Record<string, ReadableSpan>> => Object.fromEntries(spans.map((span) => [span.name, span]));

test('a run is a span, below the one around it, and each stage one below that, with the numbers that it gave', async () => {
  const exporter = listen();
  const seen = vi.fn<(event: { readonly type: string }) => void>();
  expect(await runPipeline(pipeline('counting', count(3), twice), { seed: 4, onEvent: seen })).toMatchObject({ status: 'ok' });
  const { counting, count: first, twice: second } = byName(exporter.getFinishedSpans());
  expect(counting!.attributes).toEqual({ 'pipeline.name': 'counting', 'pipeline.seed': 4, 'pipeline.status': 'ok' });
  expect(counting!.parentSpanContext).toBeUndefined();
  const own = { 'pipeline.stage': 'count', 'pipeline.cached': false, 'pipeline.ms': expect.any(Number), 'pipeline.output.count': 3 };
  expect(first!.attributes).toEqual(own);
  for (const span of [first!, second!]) expect(span.parentSpanContext?.spanId).toBe(counting!.spanContext().spanId);
  expect(seen).toHaveBeenLastCalledWith(expect.objectContaining({ type: 'run-finished' }));

  // The context that a program is in, without what keeps it across awaits.
  const outer = trace.getTracer('test').startSpan('outer');
  const active = vi.spyOn(context, 'active').mockReturnValue(trace.setSpan(ROOT_CONTEXT, outer));
  exporter.reset();
  await runPipeline(pipeline('counting', count(3)));
  active.mockRestore();
  expect(byName(exporter.getFinishedSpans())['counting']!.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});

test('a failure is recorded at its stage and at the run, and stages behind it have no span', async () => {
  const exporter = listen();
  const { status } = await runPipeline(pipeline('counting', count(-1), twice));
  expect(status).toBe('failed');
  const spans = byName(exporter.getFinishedSpans());
  expect(Object.keys(spans).toSorted()).toEqual(['count', 'counting']);
  for (const span of Object.values(spans)) {
    expect(span.status).toMatchObject({ code: 2, message: expect.stringContaining('below zero') });
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  }
  expect(spans['counting']!.attributes['pipeline.status']).toBe('failed');
  // @ts-expect-error no such option
  await runPipeline(pipeline('counting', count(1)), { onEvents: () => {} });
  expect(byName(exporter.getFinishedSpans())['pipeline']).toMatchObject({ status: { code: 2, message: expect.stringContaining("no option 'onEvents'") } });
});

test('nothing is loaded without a provider, and nothing fails without the package', async () => {
  let loaded = 0;
  vi.doMock('@opentelemetry/api', () => {
    loaded++;
    throw new Error('Cannot find package');
  });
  const { runSpans } = await import('../../../src/runtime/node/spans.ts');
  expect([await runSpans(), loaded]).toEqual([undefined, 0]);
  listen();
  expect([await runSpans(), loaded]).toEqual([undefined, 1]);
});

test('the command tells the provider of a file that NODE_OPTIONS imports', async () => {
  const { folder, write, run, records } = sumProject();
  symlinkSync(join(ROOT, 'node_modules/@opentelemetry'), join(folder, 'node_modules/@opentelemetry'));
  const file = write(
    'telemetry.mjs',
    `import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
const told = { export: (spans, done) => (spans.forEach(({ name, attributes }) => process.stderr.write(JSON.stringify({ name, attributes }) + '\\n')), done({ code: 0 })), shutdown: async () => {} };
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(told)] }));
`,
  );
  for (const cached of [false, true]) {
    const { code, stderr } = await run(['run', 'sum.ts'], { env: { NODE_OPTIONS: `--import ${file}` } });
    expect(code).toBe(0);
    const spans = [...stderr.matchAll(/^\{"name.*$/gm)].map(([line]) => JSON.parse(line) as { readonly name: string; readonly attributes: object });
    expect(spans.map(({ name }) => name)).toEqual(['numbers', 'sum', 'report', 'sum']);
    expect(spans[2]!.attributes).toMatchObject({ 'pipeline.output.meanScore': 6, 'pipeline.cached': cached });
    expect(spans[3]!.attributes).toMatchObject({ 'pipeline.run': records().at(-1)!.id, 'pipeline.status': 'ok' });
  }
});
