// What may stand at the end of a command line: commands, options, pipelines, stages, parameters, ids of runs.
import { basename } from 'node:path';
import type { Command } from 'commander';
import { mainScore } from '../core/runRecord.ts';
import { jsonSchemaOf } from '../dsl/jsonSchema.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { scoreNumber, words as inWords } from '../report/terminal/format.ts';
import { readRecords } from '../runtime/node/runs/runStore.ts';
import { figuresIn } from './commands/run/failIf.ts';
import { findPipeline, loadPipeline, pipelineFiles, pipelineFolders } from './load/load.ts';
import { flagOf } from './params.ts';

/** A word and what it is. */
export type Suggestion = readonly [string, string];

const ADAPTERS = ['auto', 'gpu', 'software', 'lavapipe', 'swiftshader'];

/**
 * @param words those behind `pipeline`; the last one is to be completed, and may be empty
 * @param made makes a command by its name
 */
export async function suggestions(
  words: readonly string[],
  commands: Readonly<Record<string, { readonly about: string }>>,
  made: (name: string) => Promise<Command>,
): Promise<readonly Suggestion[]> {
  const [name = '', ...rest] = words;
  const last = words.at(-1) ?? '';
  const fitting = (found: readonly Suggestion[]): readonly Suggestion[] => found.filter(([word]) => word.startsWith(last));
  if (words.length <= 1) return fitting(Object.entries(commands).map(([one, { about }]) => [one, about]));
  if (!Object.hasOwn(commands, name)) return [];
  const top = await made(name);
  const inner = top.commands.find((one) => one.name() === rest[0] && rest.length > 1);
  const command = inner ?? top;
  const typed = (inner ? rest.slice(1) : rest).slice(0, -1);
  const before = optionOf(command, typed.at(-1));
  if (before && !before.isBoolean()) return fitting(await valuesOf(before.long!, typed[0]));
  if (last.startsWith('-')) {
    const own = command.options.flatMap(({ long, description }): readonly Suggestion[] => (long ? [[long, description]] : []));
    return fitting([...own, ...(takesParams(command) ? flagsOf(await pipelineOf(typed[0])) : [])]);
  }
  if (!inner && top.commands.length > 0) return fitting(top.commands.map((one) => [one.name(), one.summary()]));
  return fitting(await argumentsOf(command, argumentsIn(command, typed)));
}

function optionOf(command: Command, word: string | undefined): Command['options'][number] | undefined {
  return command.options.find(({ long, short }) => word !== undefined && (word === long || word === short));
}

/** Words that are no options and no values of them. */
function argumentsIn(command: Command, typed: readonly string[]): readonly string[] {
  return typed.filter((word, i) => {
    const before = optionOf(command, typed[i - 1]);
    return !word.startsWith('-') && !(before && !before.isBoolean());
  });
}

function takesParams(command: Command): boolean {
  return command.options.some(({ long }) => long === '--set');
}

/** What the next argument of a command may be, by what its help calls it. */
async function argumentsOf(command: Command, given: readonly string[]): Promise<readonly Suggestion[]> {
  const argument = command.registeredArguments[given.length];
  if (argument?.argChoices) return argument.argChoices.map((choice) => [choice, '']);
  if (argument === undefined) return [];
  if (argument.description.startsWith('id of a run')) return runs();
  if (argument.description.startsWith('a pipeline file')) return pipelines();
  return argument.name() === 'stage' ? stages(await pipelineOf(given[0])) : [];
}

async function valuesOf(option: string, file: string | undefined): Promise<readonly Suggestion[]> {
  switch (option) {
    case '--adapter':
      return ADAPTERS.map((name) => [name, '']);
    case '--from':
    case '--to':
    case '--only':
    case '--force':
      return stages(await pipelineOf(file));
    case '--set':
      return parameters(await pipelineOf(file));
    case '--fail-if':
      return figures(file);
    default:
      return [];
  }
}

/** By name, without their endings, as `run` finds them. */
function pipelines(): readonly Suggestion[] {
  const names = pipelineFolders()
    .flatMap(pipelineFiles)
    .map((file) => basename(file).replace(/\.[^.]+$/, ''));
  return [...new Set(names)].map((name) => [name, 'pipeline']);
}

async function runs(): Promise<readonly Suggestion[]> {
  const records = (await readRecords()).toReversed();
  const about = (record: (typeof records)[number]): string => {
    const score = mainScore(record);
    return `${record.pipeline}, ${record.status}${score ? `, ${inWords(score.name)} ${scoreNumber(score.value)}` : ''}`;
  };
  return [...(records[0] ? [['last', about(records[0])] as const] : []), ...records.map((record) => [record.id, about(record)] as const)];
}

async function pipelineOf(name: string | undefined): Promise<Pipeline | undefined> {
  if (name === undefined) return undefined;
  return (await loadPipeline(name).catch(() => undefined))?.pipeline;
}

function stages(pipeline: Pipeline | undefined): readonly Suggestion[] {
  if (!pipeline) return [];
  const { nodes, rows } = pipeline.graph;
  return [...[...rows.keys()].map((path) => [path, 'row of stages'] as const), ...nodes.map(({ path }) => [path, 'stage'] as const)];
}

/** `fit.tol=`, with what it is now. */
function parameters(pipeline: Pipeline | undefined): readonly Suggestion[] {
  return (pipeline?.graph.nodes ?? []).flatMap(({ path, stage: { spec } }) =>
    Object.entries(spec.configurable ? (jsonSchemaOf(spec.configurable.schema).properties ?? {}) : {}).map(
      ([name, { description = '' }]) => [`${path}.${name}=`, [description, JSON.stringify(spec.params[name] ?? null)].filter(Boolean).join(', now ')] as const,
    ),
  );
}

/** The pipeline's own parameters. */
function flagsOf(pipeline: Pipeline | undefined): readonly Suggestion[] {
  const properties = pipeline?.configurable ? (jsonSchemaOf(pipeline.configurable.schema).properties ?? {}) : {};
  return Object.entries(properties).map(([name, { description = '' }]) => [flagOf(name), description]);
}

/** Of the last run of the file that ended well. */
async function figures(name: string | undefined): Promise<readonly Suggestion[]> {
  if (name === undefined) return [];
  const file = findPipeline(name);
  const record = (await readRecords()).findLast((one) => one.file === file && one.status === 'ok');
  return (record?.stages ?? []).flatMap(({ path, output = {} }) => figuresIn(output).map((key) => [`${path}.${key}`, 'figure'] as const));
}
