// Carries facts through a graph as a run carries values, and collects every mistake that can be known without data.
import type { PipelineError } from '../../core/errors/errors.ts';
import { datasetFact, type Fact, type Facts } from './facts.ts';
import type { Graph, GraphNode, Ref } from './graph.ts';
import { roleError } from './order.ts';
import { placed } from '../placed.ts';

export interface Inferred {
  /** Of each node, what it provides. */
  readonly facts: ReadonlyMap<GraphNode, Facts>;
  /** Placed at the stages they are about, in the order of the graph. */
  readonly problems: readonly PipelineError[];
}

/** Facts of everything a pipeline computes. A stage that is refused provides values of which nothing is known. */
export function inferGraph({ nodes }: Graph): Inferred {
  const facts = new Map<GraphNode, Facts>();
  const problems: PipelineError[] = [];
  for (const node of nodes) {
    const { spec, at } = node.stage;
    let inferred: Facts = {};
    try {
      inferred =
        spec.infer?.(
          mapFacts(node.inputs, (ref) => factOf(ref, facts)),
          node.requested,
        ) ?? {};
      for (const key of node.provides) {
        const wrong = roleError(node.path, key, datasetFact(inferred, key)?.role);
        if (wrong) throw wrong;
      }
    } catch (error) {
      inferred = {};
      problems.push(placed(error, at, node.path));
    }
    facts.set(node, Object.fromEntries(node.provides.map((key) => [key, inferred[key] ?? { type: 'value', name: key }])));
  }
  return { facts, problems };
}

function factOf(ref: Ref, facts: ReadonlyMap<GraphNode, Facts>): Fact {
  if ('node' in ref) return facts.get(ref.node)![ref.key]!;
  const inner = 'record' in ref ? ref.record : Object.fromEntries(ref.list.entries());
  return { type: 'group', facts: mapFacts(inner, (one) => factOf(one, facts)) };
}

function mapFacts(refs: Readonly<Record<string, Ref>>, fact: (ref: Ref) => Fact): Facts {
  return Object.fromEntries(Object.entries(refs).map(([key, ref]) => [key, fact(ref)]));
}
