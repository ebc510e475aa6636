// Parameters of a chain: those of its estimator by their own names, those of a transformer prefixed with the transformer's name.
import type { Estimator, Transformer } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import type { Step } from './transformers.ts';

/** Of a part whose name the compiler knows: `{ 'pca.nComponents'?: ... }`. */
type ParamsOf<Part> = Part extends Estimator<Transformer, infer P, 'none'> & { readonly name: infer N extends string }
  ? string extends N
    ? unknown
    : { [K in keyof P & string as `${N}.${K}`]: P[K] }
  : unknown;

type ParamsOfAll<Parts extends readonly unknown[]> = Parts extends readonly [infer First, ...infer Rest] ? ParamsOf<First> & ParamsOfAll<Rest> : unknown;

/** What jobs of a chain may set. */
export type ChainParams<Parts extends readonly unknown[], P> = { [K in keyof (P & ParamsOfAll<Parts>)]: (P & ParamsOfAll<Parts>)[K] };

interface StepParam {
  /** Position of its step. */
  readonly step: number;
  /** As the step calls it. */
  readonly param: string;
  readonly schema: z.ZodType;
}

/** Parameters of the steps by their names in the chain. A name that several steps share refers to none of them. */
export function stepParams(steps: readonly Step[], { jobParams }: Pick<Estimator, 'jobParams'>): ReadonlyMap<string, StepParam> {
  const found = allOf(steps);
  const taken = [...found.map(([name]) => name), ...Object.keys(jobParams?.shape ?? {})];
  return new Map(found.filter(([name]) => taken.indexOf(name) === taken.lastIndexOf(name)));
}

/** The parameters of a chain, from those of its estimator. */
export function chainSchema(steps: readonly Step[], estimator: Pick<Estimator, 'jobParams'>, schema: z.ZodObject): z.ZodObject {
  const ofSteps = new Set(allOf(steps).map(([name]) => name));
  const own = Object.entries(schema.shape).filter(([name]) => !ofSteps.has(name));
  const named = [...stepParams(steps, estimator)].map(([name, param]) => [name, param.schema] as const);
  return z.strictObject(Object.fromEntries([...own, ...named]));
}

function allOf(steps: readonly Step[]): readonly (readonly [string, StepParam])[] {
  return steps.flatMap((one, step) => {
    if ('learn' in one || !one.configurable) return [];
    return Object.entries(one.jobParams?.shape ?? {}).map(([param, schema]) => [`${one.name}.${param}`, { step, param, schema }] as const);
  });
}

/** Parameters as jobs have them, told apart: what is not of a step is the estimator's. */
export function toldApart(
  params: object | undefined,
  named: ReadonlyMap<string, StepParam>,
  steps: number,
): { readonly own: Readonly<Record<string, unknown>>; readonly ofSteps: readonly Readonly<Record<string, unknown>>[] } {
  const own: Record<string, unknown> = {};
  const ofSteps = Array.from({ length: steps }, (): Record<string, unknown> => ({}));
  for (const [name, value] of Object.entries(params ?? {})) {
    const found = named.get(name);
    if (found) ofSteps[found.step]![found.param] = value;
    else own[name] = value;
  }
  return { own, ofSteps };
}

/** Settings as text: the same for the same ones alone, though JSON has one text for several numbers. */
export function settingKey(settings: readonly unknown[]): string {
  return JSON.stringify(settings, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value));
}
