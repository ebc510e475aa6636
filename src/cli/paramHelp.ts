// What can be set on a pipeline, as text for `--help` and as JSON Schema for editors.
import type { Json } from '../core/events.ts';
import { jsonSchemaOf, type ParamSchema } from '../dsl/jsonSchema.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { printable } from '../report/terminal/format.ts';
import type { TerminalStyle } from '../report/terminal/style.ts';
import { wrapped } from '../report/terminal/table.ts';
import { flagOf } from './params.ts';

/** Columns a description needs beside its flag; with fewer it stands below. */
const LEAST = 24;
/** Where lines have no end, flags longer than this do not push all descriptions to the right. */
const MOST_BESIDE = 100;

/** Lines of the pipeline's own flags and of what `--set` takes, each with type, value and description, as wide as a terminal at most. */
export function paramLines(pipeline: Pipeline, { width }: Pick<TerminalStyle, 'width'>): readonly string[] {
  const own = Object.entries(pipeline.configurable ? (jsonSchemaOf(pipeline.configurable.schema).properties ?? {}) : {});
  const flags = own.map(([name, schema]): [string, string] => [
    `${flagOf(name)}${schema.type === 'boolean' ? '' : ` <${typeOf(schema)}>`}`,
    about(schema, pipeline.params[name]),
  ]);
  const sets = pipeline.graph.nodes.flatMap(({ path, stage }) => {
    const { configurable, params } = stage.spec;
    const properties = configurable ? (jsonSchemaOf(configurable.schema).properties ?? {}) : {};
    return Object.entries(properties).map(([name, schema]): [string, string] => [`--set ${path}.${name}=<${typeOf(schema)}>`, about(schema, params[name])]);
  });
  const all = [...flags, ...sets];
  const beside = Math.max(0, ...all.map(([left]) => left.length + 4).filter((used) => used + LEAST <= Math.min(width, MOST_BESIDE)));
  const line = ([left, right]: [string, string]): readonly string[] => {
    if (right === '') return wrapped('', 4, [`  ${left}`], width);
    if (left.length + 4 <= beside) return wrapped(`  ${left}`.padEnd(beside), beside, [right], width);
    return [...wrapped('', 4, [`  ${left}`], width), ...wrapped(' '.repeat(6), 6, [right], width)];
  };
  const block = (title: string, lines: readonly [string, string][]): string[] => (lines.length === 0 ? [] : [title, ...lines.flatMap(line), '']);
  return [...block(`Parameters of ${pipeline.name}:`, flags), ...block('Parameters of its stages:', sets)].map(printable);
}

/** JSON Schema of a `--params` file. */
export function paramsSchema(pipeline: Pipeline): Json {
  const stages = pipeline.graph.nodes.flatMap(({ path, stage }) =>
    stage.spec.configurable ? [[path, optional(jsonSchemaOf(stage.spec.configurable.schema))]] : [],
  );
  const own = pipeline.configurable ? optional(jsonSchemaOf(pipeline.configurable.schema)) : { type: 'object' };
  return {
    ...(own as Record<string, Json>),
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: pipeline.name,
    additionalProperties: false,
    properties: {
      ...((own as ParamSchema).properties as Record<string, Json> | undefined),
      stages: { type: 'object', properties: Object.fromEntries(stages) as Record<string, Json>, additionalProperties: false },
    },
  };
}

/** Whatever a file leaves out keeps its value. */
function optional({ required: _, $schema: __, ...schema }: ParamSchema & { readonly required?: unknown; readonly $schema?: unknown }): Json {
  return schema as Json;
}

function typeOf({ type, enum: values, anyOf, const: only }: ParamSchema): string {
  if (values) return values.map(String).join('|');
  if (only !== undefined) return String(only);
  if (anyOf)
    return anyOf
      .map(typeOf)
      .filter((one, i, all) => all.indexOf(one) === i)
      .join('|');
  return type ?? 'value';
}

function about({ description, default: given }: ParamSchema, now: Json | undefined): string {
  const value = now ?? given;
  return [description, value === undefined ? undefined : `(${JSON.stringify(value)})`].filter((part) => part !== undefined).join(' ');
}
