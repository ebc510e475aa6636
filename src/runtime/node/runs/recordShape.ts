// Whether a file holds the record of a run, as far as readers rely on it: it may be cut, edited or another program's. By
// hand, since `pipeline runs` would wait twice as long if it loaded zod.
import { RECORD_SCHEMA, type RunRecord } from '../../../core/runRecord.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const time: Check = (value) => text(value) && !Number.isNaN(Date.parse(value as string));
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const record =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
const anything: Check = () => true;

const stage = object({
  path: text,
  status: oneOf('ran', 'cached', 'failed', 'unreached'),
  params: record(anything),
  provides: optional(list(text)),
  ms: optional(number),
  at: optional(number),
  key: optional(text),
  parts: optional(record(text)),
  output: optional(record(anything)),
  uncached: optional(text),
  computed: optional(object({ ms: number, adapter: optional(object({ name: text, driver: text })), worker: optional(text), attempt: optional(number) })),
});
const run = object({
  schema: oneOf(RECORD_SCHEMA),
  id: text,
  pipeline: text,
  file: text,
  status: oneOf('running', 'ok', 'failed', 'cancelled', 'interrupted'),
  started: time,
  ms: optional(number),
  version: text,
  params: optional(record(anything)),
  pid: number,
  process: optional(text),
  nth: optional(number),
  machine: object({ host: text, cpu: text, node: text, platform: text }),
  command: optional(text),
  source: optional(text),
  git: optional(object({ commit: text, dirty: oneOf(true, false) })),
  adapter: optional(object({ name: text, driver: text })),
  stages: list(stage),
  error: optional(object({ code: text, message: text, hint: optional(text), stage: optional(text), causes: optional(list(text)) })),
});

export const isRunRecord = run as (value: unknown) => value is RunRecord;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
