// What a model computes, from the columns of a table on, as a graph.
import type { ClassName } from '../../core/data/dataset.ts';
import { encodeAs, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { ElementType, Graph, GraphTensor } from '../graph/graph.ts';
import type { ModelColumn } from '../predictor/modelJson.ts';
import { GraphBuilder, type Attributes, type Value } from './builder.ts';
import { checkPrecision, givenOf, roundedAlike } from './columns.ts';
import { exporters, REFUSED } from './exporters.ts';
import { largest } from './operators.ts';
import type { Column, Exporting, Features, Said } from './said.ts';

export interface ModelGraph {
  readonly graph: Graph;
  readonly kind: Said['kind'];
  readonly columns: readonly ModelColumn[];
  /** Of a classifier, ascending; as they are called where they have names. */
  readonly classes?: readonly ClassName[];
}

/** What is known of the rows that a model was fitted on. */
interface Known {
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
  readonly categories?: readonly (readonly string[] | null)[] | undefined;
}

/**
 * @param type of the numbers that come in and go out
 * @throws E_USAGE for a model that has no such graph
 */
export async function modelGraph(model: object, type: 'float' | 'double'): Promise<ModelGraph> {
  const { cols, columns: given, categories } = knownOf(model);
  const names = given ?? Array.from({ length: cols }, (_, j) => `x${j}`);
  const apart = categories?.some((own) => own) ?? false;
  const b = new GraphBuilder(apart ? names : ['X']);
  const needed = new Set<number>();
  const levels = new Map<number, readonly (string | number)[]>();
  const known = names.map((_, j) => categories?.[j] && [...categories[j]]);
  const to: Exporting = {
    b,
    async say(one, rows) {
      const [exporter, fields] = [await exporterOf(one), fieldsOf(one)];
      const { float64Columns = [] } = fields as { readonly float64Columns?: readonly number[] };
      const columns = rows.columns.map((column, j): Column => (float64Columns.includes(j) ? { ...column, float64: true } : column));
      if (type === 'double') return exporter(to, fields as never, { ...rows, columns });
      return checkPrecision(names, columns, to, (own) => exporter(own, fields as never, { ...rows, columns }));
    },
    needsValues: ({ columns }) => columns.forEach(({ input, filled }) => input !== undefined && !filled && needed.add(input)),
    needsOneOf(column, own) {
      if (column.input === undefined) return;
      const meant = own.map((level) => (typeof level === 'number' ? givenOf(column, level) : level));
      levels.set(column.input, levels.get(column.input)?.filter((level) => meant.includes(level)) ?? meant);
    },
    comparedWith: (column, values, kind) => (type === 'float' ? roundedAlike(column, names[column.input!]!, Array.from(values), kind) : Array.from(values)),
  };
  const rows: Features = {
    x: apart ? fromColumns(b, names, known, type) : b.cast(b.input('X', type, cols), 'double'),
    columns: known.map((own, input): Column => ({ input, ...(own ? { names: own } : {}) })),
  };
  const said = await to.say(model, rows);
  const classes = said.kind === 'classifier' ? { classes: classNames(said) } : {};
  giveOut(b, said, type);
  const columns = names.map((name, j): ModelColumn => {
    const [own, allowed] = [categories?.[j], levels.get(j)];
    return {
      name,
      type: own ? 'string' : 'number',
      ...(allowed ? { levels: allowed, unknown: 'refused' } : own ? { levels: own } : {}),
      ...(needed.has(j) ? {} : { gaps: true }),
    };
  });
  return { graph: b.graph(), kind: said.kind, columns, ...classes };
}

/** One input a column, put beside each other: names as their codes, -1 for one that is new, NaN for none. */
function fromColumns(b: GraphBuilder, names: readonly string[], known: readonly (readonly string[] | null | undefined)[], type: 'float' | 'double'): Value {
  const parts = names.map((name, j) => {
    const own = known[j];
    const value = b.input(name, own ? 'string' : type, 1);
    if (!own) return b.cast(value, 'double');
    const gap = own.includes('') ? [] : [''];
    // Asked for when the graph is written: transformers may have given gaps a name that no row had.
    const codes: Attributes = {
      keys_strings: {
        get strings() {
          return [...own, ...gap];
        },
      },
      values_floats: {
        get floats() {
          return [...own.keys(), ...gap.map(() => NaN)];
        },
      },
      default_float: { float: -1 },
    };
    return b.cast(b.op('LabelEncoder', [value], codes, 'ai.onnx.ml'), 'double');
  });
  return b.op('Concat', parts, { axis: { int: 1 } });
}

function giveOut(b: GraphBuilder, said: Said, type: ElementType): void {
  const rows = undefined;
  switch (said.kind) {
    case 'classifier': {
      const names = classNames(said);
      b.outputOf('label', 'Gather', [b.tensor(asTensor(names)), said.codes], { axis: { int: 0 } }, asTensor(names).type, [rows]);
      const count = said.classes.length;
      if (said.probabilities) b.output('probabilities', said.probabilities, type, [rows, count]);
      b.output('scores', said.decisions, type, [rows, count === 2 ? 1 : count]);
      return;
    }
    case 'regressor':
      return b.output('variable', said.values, type, [rows, said.outputs]);
    case 'multilabel':
      b.output('label', said.bits, 'int64', [rows, said.labels]);
      return b.output('scores', said.decisions, type, [rows, said.labels]);
    case 'clusterer':
      b.output('label', largest(b, b.op('Neg', [said.distances])), 'int64', [rows]);
      return b.output('scores', said.distances, type, [rows, said.clusters]);
    case 'outlierDetector': {
      const isIn = b.cast(b.op('Greater', [said.decisions, b.number(0)]), 'double');
      const side = b.op('Sub', [b.op('Mul', [isIn, b.number(2)]), b.number(1)]);
      b.output('label', side, 'int64', [rows, 1]);
      return b.output('scores', said.decisions, type, [rows, 1]);
    }
    case 'transformer':
      b.output('transformed', said.x, type, [rows, said.columns.length]);
  }
}

function classNames({ classes, classNames: names, binarized }: Extract<Said, { kind: 'classifier' }>): readonly ClassName[] {
  return binarized ? [false, true] : (names ?? classes);
}

/** Whole numbers and booleans as such; all else as texts. */
function asTensor(names: readonly ClassName[]): GraphTensor {
  const dims = [names.length];
  if (names.every((name) => typeof name === 'boolean')) return { type: 'bool', dims, data: Uint8Array.from(names, Number) };
  if (names.every((name) => Number.isSafeInteger(name))) return { type: 'int64', dims, data: Float64Array.from(names as readonly number[]) };
  const texts = names.map(String);
  const twice = texts.find((text, i) => texts.indexOf(text) !== i);
  if (twice !== undefined)
    throw new PipelineError('E_ENCODE', `The model cannot be exported: two of its classes are '${twice}' once they are written as texts.`, {
      hint: 'Name all classes by texts, or all by numbers.',
    });
  return { type: 'string', dims, data: texts };
}

function fieldsOf(model: object): object | undefined {
  return (model as Partial<Encodable>)[encodeAs]?.fields;
}

async function exporterOf(model: object) {
  const type = (model as Partial<Encodable>)[encodeAs]?.type;
  const load = type === undefined ? undefined : exporters[type];
  if (load) return load();
  const called = (name: string): string => name.replace(/Model$/, '');
  const why = type === undefined ? 'it is no model that can be saved' : (REFUSED[type] ?? 'what it computes is code of its own, no operators');
  throw new PipelineError('E_USAGE', `${type === undefined ? 'What was given' : called(type)} cannot be exported: ${why}.`, {
    hint: 'Models of all other estimators and transformers of this package can.',
  });
}

/** Columns of the rows that a model is asked of: a chain's are those of its first transformer. */
function knownOf(model: object): Known {
  const { columns, categories } = model as Partial<Known>;
  const own = (fieldsOf(model) ?? {}) as Partial<Known> & {
    readonly shift?: Float64Array;
    readonly coef?: readonly Float64Array[];
    readonly transformers?: readonly object[];
    readonly model?: object;
    readonly models?: readonly object[];
  };
  const cols = own.cols ?? own.shift?.length ?? own.coef?.[0]?.length;
  if (cols !== undefined) return { cols, columns: columns ?? own.columns, categories: categories ?? own.categories };
  const inner = own.transformers?.[0] ?? own.model ?? own.models?.[0];
  if (inner) return knownOf(inner);
  return { cols: columns?.length ?? 0, columns, categories };
}
