// What the functions of a user's stage returned, looked at before anybody uses it.
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';

/** @throws E_STAGE for a key that is still a promise */
export function checkAwaited(stage: string, adds: unknown): void {
  for (const [key, value] of Object.entries(adds ?? {})) {
    if (value === null || typeof value !== 'object' || typeof (value as { readonly then?: unknown }).then !== 'function') continue;
    throw new PipelineError('E_STAGE', `Stage '${stage}' returned a promise as '${key}'; what it resolves to is needed.`, {
      hint: `Write { ${key}: await ... }.`,
    });
  }
}

/**
 * An output as it is recorded: JSON, so that it is the same when it comes from the cache.
 *
 * @throws E_STAGE naming the part that JSON cannot say
 */
export function jsonOutput(stage: string, output: unknown): JsonRecord {
  const within: object[] = [];
  const refused = (path: string, what: string, hint: string): PipelineError =>
    new PipelineError('E_STAGE', `The output of stage '${stage}' holds ${what} at '${path}', which JSON does not have.`, { hint });
  const plain = (value: unknown, path: string): unknown => {
    if (typeof value === 'bigint') throw refused(path, 'a bigint', 'Return Number(...) or String(...) of it from output.');
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (value === null || typeof value !== 'object') return value;
    if (within.includes(value)) throw refused(path, 'an object that contains itself', 'Return only figures from output.');
    if (value instanceof Map || value instanceof Set) {
      throw refused(path, `a ${value.constructor.name}`, `Return ${value instanceof Map ? 'Object.fromEntries(...)' : '[...]'} of it from output.`);
    }
    if (value instanceof Promise) throw refused(path, 'a promise', 'Await it in run: output cannot wait.');
    if (ArrayBuffer.isView(value)) return value instanceof DataView ? {} : Array.from(value as Uint8Array, (item, i) => plain(item, `${path}[${i}]`));
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') return plain(toJSON.call(value, ''), path);
    within.push(value);
    const copy = Array.isArray(value)
      ? value.map((item, i) => plain(item, `${path}[${i}]`))
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, path === '' ? key : `${path}.${key}`)]));
    within.pop();
    return copy;
  };
  return JSON.parse(JSON.stringify(plain(output, '')) ?? '{}') as JsonRecord;
}
