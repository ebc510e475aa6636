// What a stage of a user's own says of itself, held against what is needed: pipeline files may be JavaScript, or cast.
import { PipelineError } from '../../core/errors/errors.ts';
import { DTYPES } from '../../core/data/matrix.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { fieldOf, reasonOf } from '../../core/errors/thrown.ts';
import { callerPlace, functionName } from '../place.ts';
import type { OwnOperator, OwnStage } from './ownStage.ts';
import type { WgslStage } from '../wgsl/wgslStage.ts';
import * as z from '../zodInternal.ts';

const STAGE: Readonly<Record<keyof OwnStage<object, object> | keyof OwnOperator<object, object> | 'inputs' | 'outputs', true>> = {
  id: true,
  needs: true,
  provides: true,
  schema: true,
  params: true,
  run: true,
  operator: true,
  output: true,
  infer: true,
  seeded: true,
  host: true,
  retries: true,
  timeoutMs: true,
  cache: true,
  inputs: true,
  outputs: true,
};
const WGSL: Readonly<Record<keyof WgslStage<object, {}, {}> | 'inputs' | 'outputs', true>> = {
  id: true,
  needs: true,
  source: true,
  uniforms: true,
  bindings: true,
  launch: true,
  reference: true,
  tolerance: true,
  output: true,
  retries: true,
  timeoutMs: true,
  cache: true,
  inputs: true,
  outputs: true,
};
const OUTPUTS = ['u32', 'i32', 'f32'];
const INPUTS = ['u8', 'u16', ...OUTPUTS];

/** @throws E_USAGE for what is no description of a stage; E_PARAMS for a policy that cannot be kept to */
export function checkStage(own: unknown): void {
  checkRecord('stage', own, STAGE);
  const name = nameOf('stage', own);
  checkKeys(name, own, 'needs');
  checkKeys(name, own, 'provides');
  checkFunction(name, own, 'run', 'run: async (state) => ({ ... })');
  for (const field of ['output', 'infer']) if (fieldOf(own, field) !== undefined) checkFunction(name, own, field, `${field}: (added) => ({ ... })`);
  const schema = fieldOf(own, 'schema');
  if (schema !== undefined && !(schema instanceof z.ZodObject)) {
    const hint = 'Write schema: z.strictObject({ row: z.int().default(0) }), with the z of this package.';
    throw refused(`${name}: schema is ${kindOf(schema)}; a zod object is needed.`, hint);
  }
}

/** @throws E_USAGE for what is no description of a stage with a shader */
export function checkWgsl(own: unknown): void {
  checkRecord('wgslStage', own, WGSL);
  const name = nameOf('wgslStage', own);
  checkKeys(name, own, 'needs');
  checkFunction(name, own, 'launch', 'launch: (state) => ({ inputs, lengths, grid })');
  for (const field of ['reference', 'output']) if (fieldOf(own, field) !== undefined) checkFunction(name, own, field, `${field}: (...) => ({ ... })`);
  const tolerance = fieldOf(own, 'tolerance');
  if (tolerance !== undefined && !(typeof tolerance === 'number' && tolerance >= 0))
    throw refused(`${name}: tolerance is ${kindOf(tolerance)}; a number from 0 is needed.`, 'Write tolerance: 1e-5, or leave it out.');
  const source = fieldOf(own, 'source');
  if (typeof fieldOf(source, 'href') !== 'string') {
    const file = typeof source === 'string' ? source : './shader.wgsl';
    throw refused(`${name}: source is ${kindOf(source)}; the URL of a .wgsl file is needed.`, `Write source: new URL('${file}', import.meta.url).`);
  }
  const bindings = Object.entries(recordOf(name, own, 'bindings'));
  for (const [key, binding] of bindings) {
    const [access, element] = [fieldOf(binding, 'access'), fieldOf(binding, 'element')];
    if ((access === 'read' ? INPUTS : access === 'write' ? OUTPUTS : []).includes(element as string)) continue;
    const arrived = access === undefined ? kindOf(binding) : `${access === 'read' ? 'input' : 'output'}(${JSON.stringify(element)})`;
    throw refused(`${name}: binding '${key}' is ${arrived}.`, "Write input('u8') or input('u16'), or input or output of 'u32', 'i32' or 'f32'.");
  }
  for (const [key, uniform] of Object.entries(fieldOf(own, 'uniforms') === undefined ? {} : recordOf(name, own, 'uniforms'))) {
    if (['u32', 'f32'].includes(fieldOf(uniform, 'type') as string)) continue;
    throw refused(`${name}: uniform '${key}' is ${kindOf(uniform)}.`, "Write uniform('u32'), or uniform('f32', 1.5) for one with a value.");
  }
}

/** @throws E_PARAMS for a number of tries or milliseconds that is none */
export function checkPolicy(id: string, { retries, timeoutMs }: { readonly retries?: unknown; readonly timeoutMs?: unknown }): void {
  const refused = (what: string, arrived: unknown, needed: string): PipelineError =>
    new PipelineError('E_PARAMS', `Stage '${id}': ${what} is ${reasonOf(arrived)}; ${needed} is needed.`, {
      at: callerPlace(),
      hint: `Give ${what} ${needed}, or leave it out.`,
    });
  if (retries !== undefined && !(Number.isInteger(retries) && (retries as number) >= 0)) throw refused('retries', retries, 'a whole number from 0');
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) throw refused('timeoutMs', timeoutMs, 'a number of milliseconds above 0');
}

/** @throws E_USAGE for anything among stages that is none */
export function checkStages(owner: string, stages: unknown): void {
  if (!Array.isArray(stages)) {
    throw refused(`${owner}: ${kindOf(stages)} arrived; a list of stages is needed.`, 'Write the stages as a list: [fetch(...), split(...)].');
  }
  stages.forEach((one: unknown, i) => {
    if (typeof one === 'function' && fieldOf(one, 'spec') !== undefined) return;
    const name = typeof one === 'function' ? functionName(one) : '';
    const cure =
      name !== '' ? `Call it: ${name}(...).` : Array.isArray(one) ? 'Spread the list: ...stages.' : 'Put a stage there, such as fetch(...) or stage({ ... }).';
    throw refused(`${owner}: number ${i + 1} of its stages is ${name === '' ? kindOf(one) : `the function ${name}`}, which is not a stage.`, cure);
  });
}

/** @throws E_USAGE for what is no estimator */
export function checkEstimator(owner: string, estimator: unknown): void {
  // A search is both a stage, which is a function, and an estimator.
  if (typeof fieldOf(estimator, 'train') === 'function' && (typeof estimator !== 'function' || fieldOf(estimator, 'spec') !== undefined)) return;
  const name = typeof estimator === 'function' ? functionName(estimator) : '';
  throw refused(
    `${owner}: ${name === '' ? kindOf(estimator) : `the function ${name}`} arrived; an estimator is needed.`,
    `Write ${owner}(${name === '' ? 'logisticRegression' : name}()${owner.endsWith('Search') ? ', { C: [0.1, 1] }' : ''}).`,
  );
}

/** @throws E_USAGE for a transformer, which predicts nothing */
export function checkPredictor(owner: string, { name, kind }: { readonly name: string; readonly kind?: string | undefined }): void {
  if (kind !== 'transformer') return;
  throw refused(`${owner}: ${name} makes features and predicts nothing.`, `Write ${owner}(chain(${name}(), logisticRegression())).`);
}

/** @throws E_USAGE for what is no source of a dataset */
export function checkSource(source: unknown): void {
  if (typeof source === 'function') {
    const name = functionName(source);
    throw refused(`fetch: the function ${name || 'given'} arrived; a source is needed.`, `Call it: fetch(${name || 'source'}()).`);
  }
  if (source === null || typeof source !== 'object')
    throw refused(`fetch: ${kindOf(source)} arrived; a source is needed.`, 'Write fetch(mnist784()), or fetch({ name, load }) of your own.');
  for (const [field, type] of [
    ['name', 'string'],
    ['load', 'function'],
  ] as const) {
    const arrived = fieldOf(source, field);
    if (typeof arrived === type) continue;
    throw refused(`fetch: ${field} of the source is ${kindOf(arrived)}; a ${type} is needed.`, "Write fetch({ name: 'points', load: async () => ({ ... }) }).");
  }
  checkFacts(fieldOf(source, 'facts'));
}

function checkFacts(facts: unknown): void {
  if (facts === undefined) return;
  const hint = "Write facts: { rows: 150, cols: 4, dtype: 'f32', classes: [0, 1, 2] }, or leave out what is not known.";
  if (facts === null || typeof facts !== 'object') throw refused(`fetch: facts of the source is ${kindOf(facts)}; a record is needed.`, hint);
  const whole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
  const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
    rows: whole,
    cols: whole,
    dtype: (value) => Object.hasOwn(DTYPES, value as string),
    columns: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
    classes: (value) => Array.isArray(value) && value.every(whole),
    classNames: (value) => Array.isArray(value) && value.every((one) => ['string', 'number', 'boolean'].includes(typeof one)),
  };
  for (const [field, check] of Object.entries(fits)) {
    const arrived = fieldOf(facts, field);
    if (arrived !== undefined && !check(arrived)) throw refused(`fetch: facts.${field} of the source is ${kindOf(arrived)}.`, hint);
  }
}

/** @throws E_PARAMS for a parameter that no record of a run can hold: a bigint, a cycle, a getter that throws */
export function checkParams(owner: string, params: object): void {
  for (const name of Object.keys(params)) {
    try {
      // Of long arrays nothing can be wrong.
      JSON.stringify((params as Readonly<Record<string, unknown>>)[name], (_key, value: unknown) => (ArrayBuffer.isView(value) ? null : value));
    } catch (cause) {
      throw new PipelineError('E_PARAMS', `${owner}: parameter '${name}' cannot be recorded: ${reasonOf(cause).split('\n')[0]}.`, {
        at: callerPlace(),
        hint: 'Give it numbers, strings, booleans, or lists and plain objects of them.',
        cause,
      });
    }
  }
}

function checkRecord(owner: string, own: unknown, known: object): void {
  if (own === null || typeof own !== 'object' || Array.isArray(own)) {
    throw refused(`${owner}: ${kindOf(own)} arrived; a description of the stage is needed.`, `Write ${owner}({ id: 'my-stage', needs: [], ... }).`);
  }
  const odd = Object.keys(own).find((key) => !Object.hasOwn(known, key));
  if (odd !== undefined) throw refused(`${nameOf(owner, own)}: there is no field '${odd}'.`, didYouMean(odd, Object.keys(known), 'Fields'));
}

function checkKeys(name: string, own: unknown, field: string): void {
  const keys = fieldOf(own, field);
  const odd = Array.isArray(keys) ? (keys as unknown[]).find((key) => typeof key !== 'string' || key === '') : keys;
  if (Array.isArray(keys) && odd === undefined) return;
  const arrived = Array.isArray(keys) ? `a list with ${kindOf(odd)}` : kindOf(keys);
  throw refused(`${name}: ${field} is ${arrived}; a list of keys of the state is needed.`, `Write ${field}: ['train'], or ${field}: [] for none.`);
}

export function checkFunction(name: string, own: unknown, field: string, cure: string): void {
  const value = fieldOf(own, field);
  if (typeof value !== 'function') throw refused(`${name}: ${field} is ${kindOf(value)}; a function is needed.`, `Write ${cure}.`);
}

function recordOf(name: string, own: unknown, field: string): object {
  const value = fieldOf(own, field);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw refused(`${name}: ${field} is ${kindOf(value)}; a record is needed.`, `Write ${field}: { name: ... }.`);
}

function nameOf(owner: string, own: unknown): string {
  const id = fieldOf(own, 'id');
  return typeof id === 'string' ? `${owner} '${id}'` : owner;
}

/** What arrived, as one says it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object') return value.constructor?.name === 'Object' ? 'a plain object' : `a ${value.constructor?.name ?? 'bare object'}`;
  return typeof value === 'function' ? 'a function' : String(value);
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_USAGE', message, { at: callerPlace(), hint });
}
