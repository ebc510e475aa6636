// The graph of a pipeline, made when it is declared: every stage once, each of its needs tied to the stage that provides
// it. Rows inside rows are laid flat, a branch reads what stood before it, and a join reads records of branches. A stage
// that stands in two branches and reads the same there is one node.
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import type { JsonRecord } from '../../core/events.ts';
import { orderError } from './order.ts';
import type { AnyStage } from '../stage/stage.ts';

/** Where a value comes from: a node's output, or a record or list of such, as a branch provides it. */
export type Ref = { readonly node: GraphNode; readonly key: string } | { readonly record: Readonly<Record<string, Ref>> } | { readonly list: readonly Ref[] };

export interface GraphNode {
  /** Ids from the pipeline inwards, joined by `/`: `fit`, `small/fit`. */
  readonly path: string;
  readonly stage: AnyStage;
  /** By key the stage reads. */
  readonly inputs: Readonly<Record<string, Ref>>;
  /** Keys it adds or replaces here. */
  readonly provides: readonly string[];
  /** What the stages after it in its row ask it to compute along. */
  readonly requested: JsonRecord | undefined;
}

export interface Graph {
  /** Every node behind what it reads. */
  readonly nodes: readonly GraphNode[];
  /** The nodes of each row that has a name, by its path: a branch, a `compose`, a fan-out and each of its rows. */
  readonly rows: ReadonlyMap<string, ReadonlySet<GraphNode>>;
  /** What each key holds at the end. */
  readonly outputs: Readonly<Record<string, Ref>>;
}

type Scope = Readonly<Record<string, Ref>>;

/** @throws E_ORDER at the first stage that misses a key */
export function graphOf(stages: readonly AnyStage[]): Graph {
  const nodes = new Nodes();
  return { outputs: addRow(stages, {}, '', nodes), nodes: nodes.all, rows: nodes.rows };
}

/** The nodes so far, by what they are looked for: a fan-out may have ten thousand rows. */
class Nodes {
  readonly all: GraphNode[] = [];
  readonly rows = new Map<string, Set<GraphNode>>();
  readonly #paths = new Set<string>();
  readonly #of = new Map<AnyStage, GraphNode[]>();

  /** The node, or the one of another row that is the same stage reading the same values already. */
  add(node: GraphNode): GraphNode {
    const own = this.#own(node);
    for (let end = node.path.indexOf('/'); end >= 0; end = node.path.indexOf('/', end + 1)) {
      const row = node.path.slice(0, end);
      this.rows.set(row, (this.rows.get(row) ?? new Set()).add(own));
    }
    return own;
  }

  #own(node: GraphNode): GraphNode {
    const rowOf = ({ path }: GraphNode): string => path.slice(0, path.lastIndexOf('/') + 1);
    const alike = this.#of.get(node.stage) ?? [];
    const twin = alike.find((other) => rowOf(other) !== rowOf(node) && sameRefs(other.inputs, node.inputs) && same(other.requested, node.requested));
    if (twin) return twin;
    if (this.#paths.has(node.path)) {
      throw new PipelineError('E_USAGE', `Two stages are called '${node.path}'.`, { at: node.stage.at, hint: 'Give branches and stages names of their own.' });
    }
    this.all.push(node);
    this.#paths.add(node.path);
    alike.push(node);
    this.#of.set(node.stage, alike);
    return node;
  }
}

/** Adds the nodes of a row. @returns what each key holds behind it */
function addRow(stages: readonly AnyStage[], before: Scope, prefix: string, nodes: Nodes): Scope {
  const flat = flatten(stages, prefix);
  let scope = before;
  flat.forEach(({ path, stage }, i) => {
    const { parts } = stage;
    if (parts?.kind === 'branches') {
      // Branches are told apart by their names alone, the rows of a fan-out by its id and their label.
      const inside = (name: string): string => (parts.as === 'record' ? `${prefix}${name}/` : `${path}/${name}/`);
      const rows = Object.entries(parts.rows).map(([name, row]) => [name, { record: added(addRow(row, scope, inside(name), nodes), row) }] as const);
      scope = parts.as === 'record' ? { ...scope, ...Object.fromEntries(rows) } : { ...scope, [stage.spec.id]: { list: rows.map(([, row]) => row) } };
      return;
    }
    const later = flat.slice(i + 1).map((next) => next.stage);
    const provides = [...stage.spec.provides, ...there(stage.spec.optional, scope)];
    const node = nodes.add({ path, stage, inputs: inputsOf(stage, path, scope), provides, requested: stage.spec.collectRequests?.(later) });
    scope = { ...scope, ...Object.fromEntries(provides.map((key) => [key, { node, key }])) };
  });
  return scope;
}

function inputsOf(stage: AnyStage, path: string, scope: Scope): Scope {
  const { needs, orElse = {}, looksAt, optional } = stage.spec;
  return Object.fromEntries(
    [...needs, ...there(optional, scope), ...there(looksAt, scope)].map((key) => {
      const ref = [key, orElse[key]].flatMap((one) => (one !== undefined && Object.hasOwn(scope, one) ? [scope[one]!] : []))[0];
      if (!ref) throw orderError(path, key, stage.at, Object.keys(scope));
      return [key, ref];
    }),
  );
}

function there(keys: readonly string[] = [], scope: Scope): readonly string[] {
  return keys.filter((key) => Object.hasOwn(scope, key));
}

function sameRefs(a: Scope, b: Scope): boolean {
  return Object.keys(a).every((key) => sameRef(a[key]!, b[key]!));
}

function sameRef(a: Ref, b: Ref): boolean {
  if ('node' in a) return 'node' in b && a.node === b.node && a.key === b.key;
  if ('record' in a) return 'record' in b && Object.keys(a.record).length === Object.keys(b.record).length && sameRefs(a.record, b.record);
  return 'list' in b && a.list.length === b.list.length && a.list.every((ref, i) => sameRef(ref, b.list[i]!));
}

function same(a: JsonRecord | undefined, b: JsonRecord | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What a row adds, without what it only passes through. */
function added(scope: Scope, row: readonly AnyStage[]): Scope {
  const keys = new Set(row.flatMap(({ spec }) => [...spec.provides, ...(spec.optional ?? [])]));
  return Object.fromEntries(Object.entries(scope).filter(([key]) => keys.has(key)));
}

/** Stages with their paths: rows inside opened, repeated ids numbered. @throws E_USAGE for two of a user's own with one id */
function flatten(stages: readonly AnyStage[], prefix: string): readonly { readonly path: string; readonly stage: AnyStage }[] {
  const counts = new Map<string, number>();
  const own = new Map<string, AnyStage>();
  return stages.flatMap((stage) => {
    const { id } = stage.spec;
    if (isOwn(stage)) {
      const first = own.get(id);
      if (first) checkSameDeclaration(first, stage);
      own.set(id, stage);
    }
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    const path = `${prefix}${count === 1 ? id : `${id}-${count}`}`;
    return stage.parts?.kind === 'row' ? flatten(stage.parts.stages, `${path}/`) : [{ path, stage }];
  });
}

/** Whether its id is the user's choice. */
function isOwn({ spec, parts }: AnyStage): boolean {
  return spec.own === true || (parts !== undefined && spec.id !== 'branch');
}

/** One declaration may stand in a row more than once, as built-in stages may; two declarations are two stages. */
function checkSameDeclaration(first: AnyStage, { spec, at }: AnyStage): void {
  const [before, here] = [first.at, at].map((place) => place && `${place.file}:${place.line}:${place.column}`);
  if (before === undefined || here === undefined || before === here) return;
  throw new PipelineError('E_USAGE', `Two stages have the id '${spec.id}'; the other one is at ${before}.`, { at, hint: 'Give each an id of its own.' });
}

/** The nodes a ref is made of. */
export function nodesOf(ref: Ref): readonly GraphNode[] {
  if ('node' in ref) return [ref.node];
  return ('record' in ref ? Object.values(ref.record) : ref.list).flatMap(nodesOf);
}

/** @throws E_USAGE naming what is there, for a path that is no node */
export function nodeAt(graph: Graph, path: string): GraphNode {
  const node = graph.nodes.find((one) => one.path === path);
  if (node) return node;
  const known = graph.nodes.map((one) => one.path);
  throw new PipelineError('E_USAGE', `There is no stage '${path}'.`, { hint: didYouMean(path, known, 'Stages') });
}

/** The node of a path, or the nodes of a row: those that it shares with another, too. @throws E_USAGE for a path that is neither */
export function nodesAt(graph: Graph, path: string): ReadonlySet<GraphNode> {
  const node = graph.nodes.find((one) => one.path === path);
  const row = node ? new Set([node]) : graph.rows.get(path);
  if (row) return row;
  const known = [...graph.nodes.map((one) => one.path), ...graph.rows.keys()];
  throw new PipelineError('E_USAGE', `There is no stage '${path}'.`, { hint: didYouMean(path, known, 'Stages') });
}
