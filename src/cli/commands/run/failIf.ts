// `run --fail-if 'score.testAccuracy < 0.95'`: what a figure of the outputs must not be, for runs that nobody watches.
import { didYouMean } from '../../../core/errors/didYouMean.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Json, JsonRecord } from '../../../core/events.ts';
import { apart } from '../../../report/terminal/format.ts';

type Comparison = (value: number, bound: number) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
};

/** One thing that fails a run. */
export interface FailIf {
  /** As it was given. */
  readonly written: string;
  /** Path of a stage. */
  readonly stage: string;
  /** Keys into its output, from the outside inwards. */
  readonly keys: readonly string[];
  readonly comparison: string;
  readonly bound: number;
}

/**
 * @param text `STAGE.KEY < NUMBER`, or with `<=`, `>`, `>=`, `==` or `!=`; keys of keys are joined by dots
 * @param paths of all stages
 * @throws E_USAGE for text that is none of it, and for a stage that is not there
 */
export function parseFailIf(text: string, paths: readonly string[]): FailIf {
  const [, left = '', comparison = '', right = ''] = /^(.+?)\s*(<=|>=|==|!=|<|>)\s*([^\s<>=!]+)\s*$/.exec(text.trim()) ?? [];
  const bound = Number(right);
  if (left === '' || /[<>]/.test(left) || Number.isNaN(bound)) {
    throw new PipelineError('E_USAGE', `--fail-if '${text}' is not STAGE.FIGURE < NUMBER.`, {
      hint: "Write, for example, --fail-if 'score.testAccuracy < 0.95'; <=, >, >=, == and != compare, too.",
    });
  }
  // Names of branches may have dots: the longest path that there is.
  const stage = paths.filter((path) => left.startsWith(`${path}.`)).toSorted((a, b) => b.length - a.length)[0];
  if (stage === undefined) {
    const wanted = left.includes('.') ? left.slice(0, left.lastIndexOf('.')) : left;
    throw new PipelineError('E_USAGE', `--fail-if '${text}': there is no stage '${wanted}'.`, { hint: didYouMean(wanted, paths, 'Stages') });
  }
  return { written: text, stage, keys: left.slice(stage.length + 1).split('.'), comparison, bound };
}

/**
 * @throws E_RESULT naming each figure that is what it must not be, or has no value; E_USAGE for figures that are not there, with the
 *   nearest names
 */
export function checkFigures(conditions: readonly FailIf[], outputs: Readonly<Record<string, JsonRecord>>): void {
  const failed = conditions.flatMap((condition) => {
    const { stage, keys, comparison, bound } = condition;
    const value = figureOf(condition, outputs[stage]);
    if (value !== null && !COMPARISONS[comparison]!(value, bound)) return [];
    const [shown] = apart(value, bound);
    return [value === null ? `${stage}.${keys.join('.')} is not defined` : `${stage}.${keys.join('.')} is ${shown}, which is ${comparison} ${bound}`];
  });
  if (failed.length > 0) {
    throw new PipelineError('E_RESULT', `${failed.join('; ')}.`, { hint: '`pipeline look` and `pipeline report` show the run.' });
  }
}

/** Null where it is not defined. */
function figureOf({ written, stage, keys }: FailIf, output: JsonRecord | undefined): number | null {
  if (output === undefined) {
    throw new PipelineError('E_USAGE', `--fail-if '${written}': stage '${stage}' did not run.`, { hint: 'Leave the condition out, or run the stage.' });
  }
  let found: Json | undefined = output;
  for (const key of keys) found = isRecord(found) && Object.hasOwn(found, key) ? (found as JsonRecord)[key] : undefined;
  if (typeof found === 'number') return Number.isNaN(found) ? null : found;
  if (found === null) return null;
  const known = figuresIn(output);
  const what = found === undefined ? `has no '${keys.join('.')}'` : `has no number as '${keys.join('.')}'`;
  throw new PipelineError('E_USAGE', `--fail-if '${written}': the output of '${stage}' ${what}.`, { hint: didYouMean(keys.join('.'), known, 'Figures') });
}

function isRecord(value: Json | undefined): value is JsonRecord | readonly Json[] {
  return typeof value === 'object' && value !== null;
}

/** Names of the numbers of an output, keys joined by dots; of long lists none. */
export function figuresIn(output: JsonRecord): readonly string[] {
  const inside = (value: Json, name: string): readonly string[] => {
    if (typeof value === 'number' || value === null) return [name];
    if (typeof value !== 'object' || (Array.isArray(value) && value.length > 10)) return [];
    return Object.entries(value as JsonRecord).flatMap(([key, inner]) => inside(inner, `${name}.${key}`));
  };
  return Object.entries(output).flatMap(([key, value]) => inside(value, key));
}
