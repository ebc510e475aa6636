// Tells OpenTelemetry of a run: one span for it, and one below it for each stage, made of the run's events. Without a provider that the
// program has registered nothing is loaded and nobody is told.
import type { Span } from '@opentelemetry/api';
import type { Emit, JsonRecord } from '../../core/events.ts';

/** Where every copy of OpenTelemetry's API keeps what was registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/**
 * @param id of the recorded run
 * @returns takes the run's events; undefined where there is no provider, or the API's package is not there
 */
export async function runSpans(id?: string): Promise<Emit | undefined> {
  if (!(globalThis as { readonly [REGISTERED]?: { readonly trace?: object } })[REGISTERED]?.trace) return undefined;
  const api = await import('@opentelemetry/api').catch(() => undefined);
  if (!api) return undefined;
  const { context, trace, SpanStatusCode } = api;
  const tracer = trace.getTracer('pipeline-gpu');
  const around = context.active();
  const open = new Map<string, Span>();
  let whole: Span | undefined;
  const begin = (stage: string): Span => {
    const span = tracer.startSpan(stage, { attributes: { 'pipeline.stage': stage } }, trace.setSpan(around, whole!));
    open.set(stage, span);
    return span;
  };
  const fail = (span: Span, { code, message }: { readonly code: string; readonly message: string }): void => {
    span.recordException({ name: code, message });
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  };
  return (event) => {
    // A run that is refused says no more than that.
    whole ??= tracer.startSpan(event.type === 'run-started' ? event.pipeline : 'pipeline', {}, around);
    if (event.type === 'run-started')
      whole.setAttributes({ 'pipeline.name': event.pipeline, 'pipeline.seed': event.seed, ...(id === undefined ? {} : { 'pipeline.run': id }) });
    else if (event.type === 'adapter-ready') whole.setAttribute('pipeline.adapter', event.adapter.name);
    else if (event.type === 'stage-started') begin(event.stage);
    else if (event.type === 'stage-finished') {
      const { stage, cached = false, ms, output } = event;
      const span = open.get(stage) ?? begin(stage);
      span.setAttributes({ 'pipeline.cached': cached, 'pipeline.ms': ms, ...figuresOf(output) }).end();
      open.delete(stage);
    } else if (event.type === 'run-finished') {
      const { status, error } = event;
      for (const [stage, span] of open) {
        if (error?.stage === stage) fail(span, error);
        span.end();
      }
      if (error) fail(whole, error);
      whole.setAttribute('pipeline.status', error?.code === 'E_CANCELLED' ? 'cancelled' : status).end();
    }
  };
}

/** Numbers that a stage gives, such as scores. */
function figuresOf(output: JsonRecord): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(output).flatMap(([name, value]) => (typeof value === 'number' ? [[`pipeline.output.${name}`, value]] : [])));
}
