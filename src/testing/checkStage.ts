// A stage alone, on a state: what it says of itself is what it does. The order check, the cache and reports go by what it says.
import { encode } from '../core/encoding/encoding.ts';
import { isPipelineError, reasonOf } from '../core/errors/errors.ts';
import { contextOf } from '../dsl/stage/context.ts';
import { asNeeded, contextFor, runStage } from '../dsl/stage/runStage.ts';
import type { Stage, StageResult } from '../dsl/stage/stage.ts';
import { failed, type CheckOptions } from './failing.ts';

/**
 * Runs a stage twice on a state, outside any pipeline, and holds what it did against what it says of itself: it reads the keys
 * it needs and no others, adds those it provides and no others, its output is JSON, a second run gives the same, and the state
 * is as it was.
 *
 * @throws PipelineError naming what does not hold, and a cure
 * @example
 * const doubled = stage({ id: 'doubled', needs: ['x'], provides: ['doubled'], run: ({ x }: { readonly x: number }) => ({ doubled: 2 * x }) });
 * test('doubled', () => checkStage(doubled, { x: 3 }));
 */
export async function checkStage<I, P>(stage: Stage<I, P>, given: NoInfer<I> & object, { compute }: CheckOptions = {}): Promise<void> {
  const state = asNeeded(stage, given);
  const { id, needs, looksAt = [] } = stage.spec;
  const optional = (stage.spec.optional ?? []).filter((key) => key in state);
  const provides: readonly string[] = [...stage.spec.provides, ...optional];
  const name = `stage '${id}'`;
  if ('parts' in stage && stage.parts) throw failed(name, 'it is made of other stages.', 'Check each of them, on the state before it.');
  const absent = needs.find((key) => !(key in state));
  if (absent !== undefined) throw failed(name, `the state has no '${absent}', which it needs.`, `Give checkStage a state with ${needs.join(', ')}.`);
  const declared: readonly string[] = [...needs, ...optional, ...looksAt];
  const read = new Set<string>();
  const watched = new Proxy(Object.fromEntries(Object.entries(state).filter(([key]) => declared.includes(key))), {
    get(target, key, receiver) {
      if (typeof key === 'string' && key in state) read.add(key);
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  const run = { ...contextOf(undefined), ...(compute ? { compute: async () => compute } : {}) };
  // It gets what a pipeline would give it.
  const once = (): Promise<StageResult<P>> => runStage(stage, watched, contextFor(stage as never, id, run));

  const before = await digestsOf(state);
  const ended = await once().catch((error: unknown) => ({ error }));
  const wrong = (keys: Iterable<string>, known: readonly string[]): string | undefined => [...keys].find((key) => !known.includes(key));
  // Said before what it threw, which may come of it.
  const undeclared = wrong(read, declared);
  if (undeclared !== undefined)
    throw failed(name, `it reads '${undeclared}', which it does not need: in a pipeline it is not there.`, `Add '${undeclared}' to needs.`);
  if ('error' in ended) throw ended.error;
  const { adds, output } = ended;
  const unread = wrong(needs, [...read]);
  if (unread !== undefined)
    throw failed(name, `it needs '${unread}' and never reads it: it runs again whenever that changes.`, `Take '${unread}' out of needs.`);
  const missing = wrong(provides, Object.keys(adds ?? {}));
  if (missing !== undefined) throw failed(name, `it provides '${missing}' and does not add it.`, `Return { ${missing} }, or take it out of provides.`);
  const more = wrong(Object.keys(adds as object), provides);
  if (more !== undefined) throw failed(name, `it adds '${more}', which it does not provide.`, `Add '${more}' to provides.`);
  const odd = notJson(output, 'output');
  if (odd !== undefined)
    throw failed(name, `${odd} is not JSON: the run's record and the cache lose it.`, 'Return numbers, strings, lists and plain objects of them.');

  const changed = Object.entries(await digestsOf(state)).find(([key, digest]) => digest !== before[key]);
  if (changed) throw failed(name, `it changes '${changed[0]}' of the state.`, 'Make a new value: other stages read the old one.');
  const first = await digestsOf({ ...adds, 'its output': output });
  const second = await once();
  const other = await digestsOf({ ...second.adds, 'its output': second.output });
  const differs = Object.keys(first).find((key) => first[key] !== other[key]);
  if (differs !== undefined)
    throw failed(name, `a second run on the same state gives another ${differs}.`, 'Draw from context.seed(), and declare what else it reads as inputs.');
}

/** By key. What has no encoding is not compared: the cache does not keep it either. */
async function digestsOf(values: object): Promise<Readonly<Record<string, string | undefined>>> {
  const digests: Record<string, string | undefined> = {};
  for (const [key, value] of Object.entries(values)) {
    // Typed arrays are read again: what they held before is the question.
    digests[key] = await encode(value, () => false).then(
      ({ digest }) => digest,
      (error: unknown) => {
        if (isPipelineError(error) && error.code === 'E_ENCODE') return undefined;
        throw failed(key, `it cannot be read: ${reasonOf(error)}`, 'Look at its getters.', error);
      },
    );
  }
  return digests;
}

/** Where a value holds what JSON does not say, and what. */
function notJson(value: unknown, path: string): string | undefined {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path}, ${value},`;
  if (typeof value !== 'object') return `${path}, ${value === undefined ? 'undefined' : `a ${typeof value}`},`;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return `${path}, a ${value.constructor.name},`;
  for (const [key, inner] of Object.entries(value)) {
    const found = notJson(inner, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
