// A pipeline's graph as plain data with everything a picture shows: names, frames, parameters and the labels of edges. The
// writers of text, SVG and HTML see nothing else.
import type { Json, JsonRecord } from '../../core/events.ts';
import type { Fact, Facts } from '../../dsl/graph/facts.ts';
import { nodesOf, type Graph, type GraphNode, type Ref } from '../../dsl/graph/graph.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import { number, printable, shownParams } from '../terminal/format.ts';

export interface DescribedNode {
  /** Unique, as in `--from seeds/=1/fit`. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** Path of the innermost frame around it, `` where there is none. */
  readonly frame: string;
  readonly params: readonly string[];
  /** It computes on the device. */
  readonly computes: boolean;
  /** In a run that stopped there. */
  readonly failed?: boolean;
}

export interface DescribedEdge {
  readonly from: string;
  readonly to: string;
  /** One for each value that travels along it. */
  readonly labels: readonly string[];
}

export interface GraphDescription {
  readonly name: string;
  readonly nodes: readonly DescribedNode[];
  readonly edges: readonly DescribedEdge[];
  /** Paths of branches, fan-outs and composed rows, outer ones first. */
  readonly frames: readonly string[];
}

/**
 * @param factsOf what is known, without data, of the values that a node provides
 */
export function describeGraph({ name, graph }: Pipeline, factsOf: (node: GraphNode) => Facts | undefined = () => undefined): GraphDescription {
  const nodes = graph.nodes.map(({ path, stage }): DescribedNode => {
    const { params, kernels, wgsl } = stage.spec;
    return { path, name: lastOf(path), frame: frameOf(path), params: paramTexts(params), computes: kernels === true || wgsl !== undefined };
  });
  return { name: printable(name), nodes, edges: edgesOf(graph, factsOf), frames: framesOf(nodes) };
}

/** Facts add type and shape to a key: `train: 60 000 x 784 u8`. */
export function edgeLabel(facts: Facts | undefined, key: string): string {
  const fact = facts?.[key];
  const text = fact && factText(fact);
  return text === undefined || text === key ? key : `${key}: ${text}`;
}

function factText(fact: Fact): string | undefined {
  const many = ({ classes }: { readonly classes?: readonly number[] | undefined }): string[] => (classes ? [`${classes.length} classes`] : []);
  switch (fact.type) {
    case 'dataset': {
      const side = (count: number | undefined): string => (count === undefined ? '?' : number(count));
      const { rows, cols, dtype } = fact;
      return rows === undefined && cols === undefined ? undefined : `${side(rows)} x ${side(cols)}${dtype ? ` ${dtype}` : ''}`;
    }
    case 'model':
      return [fact.estimator, ...many(fact)].join(', ');
    case 'value':
      return fact.name;
    case 'group':
      return undefined;
  }
}

function edgesOf({ nodes }: Graph, factsOf: (node: GraphNode) => Facts | undefined): readonly DescribedEdge[] {
  return nodes.flatMap(({ path, stage, inputs }) => {
    const labels = new Map<string, Set<string>>();
    const add = ({ path: from }: GraphNode, label: string): void => void labels.set(from, (labels.get(from) ?? new Set()).add(label));
    for (const [key, ref] of Object.entries(inputs)) {
      if (stage.spec.looksAt?.includes(key)) continue;
      if ('node' in ref) add(ref.node, edgeLabel(factsOf(ref.node), ref.key));
      // All that a branch added travels together, from where it ends.
      else for (const node of lastNodes(ref)) add(node, key);
    }
    return [...labels].map(([from, texts]) => ({ from, to: path, labels: [...texts] }));
  });
}

/** The nodes of a record or list that no other one of it reads. */
function lastNodes(ref: Ref): readonly GraphNode[] {
  const all = [...new Set(nodesOf(ref))];
  const read = new Set(all.flatMap(({ inputs }) => Object.values(inputs).flatMap(nodesOf)));
  return all.filter((node) => !read.has(node));
}

function framesOf(nodes: readonly DescribedNode[]): readonly string[] {
  const frames = new Set<string>();
  for (const { frame } of nodes) {
    const parts = frame === '' ? [] : frame.split('/');
    parts.forEach((_, i) => frames.add(parts.slice(0, i + 1).join('/')));
  }
  return [...frames];
}

/** The frame around a node or a frame. */
export function frameOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** As in the pipeline file, and as `--set` takes them; what is made of others has no room. */
export function paramTexts(params: JsonRecord): readonly string[] {
  return Object.entries(shownParams(params)).flatMap(([key, value]) => (isPlain(value) ? [printable(`${key} ${paramText(value)}`)] : []));
}

function isPlain(value: Json): boolean {
  return Array.isArray(value) ? value.every(isPlain) : value === null || typeof value !== 'object';
}

/** With all digits; of a digest those that tell it from others. */
function paramText(value: Json): string {
  if (typeof value === 'string') return value === '' ? "''" : value.replaceAll(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 8));
  return Array.isArray(value) ? `[${value.map(paramText).join(', ')}]` : JSON.stringify(value);
}

/** Letters of a line inside a stage. */
export const LETTERS = 28;

export function cut(line: string): string {
  return line.length > LETTERS ? `${line.slice(0, LETTERS - 1)}…` : line;
}
