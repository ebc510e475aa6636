// Parameters from the command line and from a file: `--set stage.param=value`, the pipeline's own as flags, `--params FILE`.
// Later ones win: defaults, then the file, then flags, then `--set`.
import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { isPipelineError, PipelineError, reasonOf } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { didYouMean } from '../core/errors/didYouMean.ts';
import { jsonSchemaOf } from '../dsl/jsonSchema.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { reconfigure, type Setting } from '../dsl/graph/reconfigure.ts';
import { fromStart } from '../runtime/node/directories.ts';

/** Adds what sets parameters. Whatever else is on the command line may be a flag of the pipeline. */
export function addParamOptions(command: Command): Command {
  return command
    .allowUnknownOption()
    .allowExcessArguments()
    .option('--set <stage.param=value>', 'set a parameter of a stage; may be repeated', collect)
    .option('--params <file>', 'read parameters from a JSON file');
}

/** For {@link seedOf}. */
export function seedOption(): Option {
  return new Option('--seed <number>', 'root of the seeds of all stages').default('0', '0');
}

/** @throws E_USAGE */
export function seedOf(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 && text.trim() !== '') return seed;
  throw new PipelineError('E_USAGE', `--seed ${text} is not a seed.`, { hint: 'Give a whole number from 0 to 4294967295.' });
}

/** Options of `run`, so that other commands refuse what it would. */
export const RUN_FLAGS: readonly string[] =
  '--adapter --queue --shards --shards-host --json --offline --set --params --seed --report --fail-if --track --no-check --no-cache --from --to --only --force --dry-run --watch --debug --help'.split(
    ' ',
  );

/** Values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Makes a pipeline what the command line of a command with {@link addParamOptions} wants. */
export function givenParams(command: Command): (pipeline: Pipeline) => Pipeline {
  const given = writtenParams(command);
  const known = command.options.map(({ long }) => long!);
  return (pipeline) => {
    // A drawing is no run: its few options hide a flag, and `--params` sets what they hide.
    if (command.name() !== 'graph') refuseTaken(pipeline, known, command.name());
    return withGivenParams(pipeline, given, known);
  };
}

/** What the command line says of parameters. */
export function writtenParams(command: Command): GivenParams {
  const { set, params } = command.opts<Pick<GivenParams, 'set' | 'params'>>();
  return { set, params, rest: command.args.slice(command.registeredArguments.length) };
}

/** The same for another machine, where a file of parameters is not. */
export function carriedParams(given: GivenParams): GivenParams {
  return given.params === undefined ? given : { ...given, text: readFileSync(fromStart(given.params), 'utf8') };
}

function refuseTaken(pipeline: Pipeline, known: Known, name: string): void {
  const commands = [[name, known] as const, ['run', RUN_FLAGS] as const];
  const found = Object.entries(pipeline.params).flatMap(([taken, value]) => {
    const flag = flagOf(taken);
    // `--no-cache` of a command would be said to a `cache` of the pipeline, too.
    const hides = (flags: Known): boolean => flags.includes(flag) || (typeof value === 'boolean' && flags.includes(flag.replace('--', '--no-')));
    return commands.filter(([, flags]) => hides(flags)).map(([command]) => [taken, command] as const);
  });
  if (found.length === 0) return;
  const [taken, command] = found[0]!;
  throw new PipelineError('E_PARAMS', `Pipeline '${pipeline.name}' has a parameter '${taken}', but ${flagOf(taken)} is an option of ${command}.`, {
    at: pipeline.at,
    hint: 'Give the parameter another name.',
  });
}

export interface GivenParams {
  readonly set?: readonly string[] | undefined;
  /** Path of a JSON file. */
  readonly params?: string | undefined;
  /** What is in that file, where it is not here. */
  readonly text?: string | undefined;
  /** What is left of the command line once the command took its own: the pipeline's flags. */
  readonly rest: readonly string[];
}

/** Flags that the command itself has, for hints. */
type Known = readonly string[];

/** The pipeline as the command line wants it. @throws E_USAGE or E_PARAMS naming the flag and what was needed */
export function withGivenParams(pipeline: Pipeline, { set = [], params: file, text, rest }: GivenParams, known: Known): Pipeline {
  const fromFile = file === undefined ? { own: {}, settings: [] } : readParams(file, text);
  const own: Record<string, unknown> = { ...fromFile.own };
  for (const [name, value] of flagsOf(pipeline, rest, known)) own[name] = value;
  const names = Object.keys(own);
  const made = names.length === 0 ? pipeline : rebuilt(pipeline, own, file);
  return reconfigure(made, [...fromFile.settings, ...set.map((text) => settingOf(text, made))]);
}

function rebuilt(pipeline: Pipeline, own: Readonly<Record<string, unknown>>, file: string | undefined): Pipeline {
  const { configurable } = pipeline;
  if (!configurable) {
    throw new PipelineError('E_PARAMS', `${file}: pipeline '${pipeline.name}' has no parameters of its own; ${Object.keys(own).join(', ')} arrived.`, {
      hint: "Put parameters of stages under 'stages', or declare the pipeline with { params: z.strictObject({ ... }) }.",
    });
  }
  return configurable.rebuild(own);
}

/** `--tol 0.01`, `--tol=0.01`, `--verbose`, `--no-verbose`. */
function flagsOf(pipeline: Pipeline, rest: readonly string[], known: Known): readonly (readonly [string, unknown])[] {
  const properties = pipeline.configurable ? (jsonSchemaOf(pipeline.configurable.schema).properties ?? {}) : {};
  const names = new Map(Object.keys(properties).map((name) => [flagOf(name), name]));
  const found: [string, unknown][] = [];
  for (let i = 0; i < rest.length; i++) {
    const [flag, inline] = split(rest[i]!, '=');
    const positive = flag.startsWith('--no-') ? `--${flag.slice(5)}` : flag;
    const name = names.get(flag) ?? names.get(positive);
    if (name === undefined || (positive !== flag && properties[name]!.type !== 'boolean')) {
      throw new PipelineError('E_USAGE', flag.startsWith('-') ? `Pipeline '${pipeline.name}' has no flag ${flag}.` : `'${flag}' is one argument too many.`, {
        hint: didYouMean(flag, [...names.keys(), ...known], 'Flags'),
      });
    }
    if (properties[name]!.type === 'boolean' && inline === undefined) {
      found.push([name, flag === positive]);
      continue;
    }
    const text = inline ?? rest[++i];
    if (text === undefined) throw new PipelineError('E_USAGE', `${flag} needs a value.`, { hint: `Write ${flag} VALUE.` });
    found.push([name, valueFor(text, (value) => void rebuiltWith(pipeline, name, value, `${flag} ${text}`))]);
  }
  return found;
}

function rebuiltWith(pipeline: Pipeline, name: string, value: unknown, written: string): void {
  try {
    pipeline.configurable!.rebuild({ [name]: value });
  } catch (error) {
    if (!isPipelineError(error)) throw error;
    throw new PipelineError('E_PARAMS', `${written}: ${error.message}`, { at: error.at, hint: error.hint });
  }
}

/** @param text `fit.tol=0.01`: the path of a stage, a dot, a parameter, `=`, a value */
function settingOf(text: string, pipeline: Pipeline): Setting {
  const written = `--set ${text}`;
  // Rows of a fan-out have `=` in their paths: the longest path that there is, then the first `=` behind it.
  const paths = pipeline.graph.nodes.map(({ path }) => path).filter((path) => text.startsWith(`${path}.`));
  const path = paths.toSorted((a, b) => b.length - a.length)[0];
  const [name, given] = split(text.slice(path === undefined ? 0 : path.length + 1), '=');
  const target = path === undefined ? name : `${path}.${name}`;
  const dot = path?.length ?? name.lastIndexOf('.');
  if (given === undefined || dot <= 0) {
    throw new PipelineError('E_USAGE', `${written} is not STAGE.PARAM=VALUE.`, { hint: 'Write, for example, --set fit.tol=0.01.' });
  }
  const setting = { path: target.slice(0, dot), param: target.slice(dot + 1), written };
  return { ...setting, value: valueFor(given, (value) => void reconfigure(pipeline, [{ ...setting, value }])) };
}

/** JSON where it is JSON that fits, else the text itself; `Infinity` is a number. @throws what `check` says of the JSON */
function valueFor(text: string, check: (value: unknown) => void): unknown {
  let value: unknown = text;
  try {
    value = /^-?Infinity$/.test(text) ? Number(text) : JSON.parse(text);
  } catch {
    check(text);
    return text;
  }
  try {
    check(value);
    return value;
  } catch (error) {
    try {
      check(text); // a text parameter whose value looks like JSON: `--name 7`
      return text;
    } catch {
      throw error;
    }
  }
}

/** `{ "tol": 0.1, "stages": { "fit": { "C": 1 } } }` */
function readParams(file: string, text?: string): { readonly own: JsonRecord; readonly settings: readonly Setting[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? readFileSync(fromStart(file), 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new PipelineError('E_USAGE', `${file} is not there.`, { hint: 'Name a JSON file by its path from this folder.' });
    }
    throw new PipelineError('E_USAGE', `${file} is not a JSON file: ${reasonOf(cause)}`, {
      cause,
      hint: 'Write { "tol": 0.1, "stages": { "fit": { "C": 1 } } }.',
    });
  }
  if (!isRecord(parsed)) throw new PipelineError('E_USAGE', `${file} does not hold an object of parameters.`, { hint: 'Write { "tol": 0.1 }.' });
  const { stages = {}, ...own } = parsed;
  if (!isRecord(stages) || !Object.values(stages).every(isRecord)) {
    throw new PipelineError('E_USAGE', `${file}: 'stages' must map each stage to its parameters.`, { hint: 'Write { "stages": { "fit": { "C": 1 } } }.' });
  }
  const settings = Object.entries(stages as Record<string, Record<string, unknown>>).flatMap(([path, values]) =>
    Object.entries(values).map(([param, value]) => ({ path, param, value, written: `${file}: stages.${path}.${param}` })),
  );
  return { own: own as JsonRecord, settings };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function split(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

/** camelCase to --kebab-case; `C` stays what it is called. */
export function flagOf(name: string): string {
  return `--${name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
