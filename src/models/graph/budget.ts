// What a run of a graph may take. A few bytes of a file can ask for loops and tensors without end: what is made and worked out is
// counted where it is made, before memory is taken.
import type { Attribute, Graph, GraphTensor } from './graph.ts';

/** What is left, in elements and multiplications. */
export interface Budget {
  left: number;
}

/** What any graph may take, and how often each element of the file may meet each of the inputs: distances to all rows of the fit, several times over. */
const [LEAST, TIMES] = [3e7, 100];

/** What it is to run a node, however small. */
export const NODE = 100;

export function budgetOf(graph: Graph, inputs: Readonly<Record<string, GraphTensor>>): Budget {
  const given = Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
  return { left: LEAST + TIMES * given * heldBy(graph) };
}

const held = new WeakMap<Graph, number>();

/** Elements that a graph brings, and those of its nodes. */
function heldBy(graph: Graph): number {
  let sum = held.get(graph);
  if (sum !== undefined) return sum;
  sum = 1;
  for (const { data } of Object.values(graph.tensors)) sum += data.length;
  for (const { attributes = {} } of graph.nodes) sum += 10 + Object.values(attributes).reduce((total, one) => total + heldByAttribute(one), 0);
  held.set(graph, sum);
  return sum;
}

const heldByAttribute = ({ ints, floats, strings, tensor, graph }: Attribute): number =>
  (ints?.length ?? 0) + (floats?.length ?? 0) + (strings?.length ?? 0) + (tensor?.data.length ?? 0) + (graph ? heldBy(graph) : 0);

let current: Budget | undefined;

/** Counts what is about to be made or worked out. @throws Error where that is more than is left */
export function spend(count: number): void {
  if (current && !((current.left -= count) >= 0)) throw new Error('it takes more work or memory than a model of its size needs');
}

/** Runs with this budget, without a pause. */
export function within<T>(budget: Budget, run: () => T): T {
  const before = current;
  current = budget;
  try {
    return run();
  } finally {
    current = before;
  }
}
