// A fan-out of a thousand rows is no picture. Of a large graph the first rows of each are drawn, and one box for the others.
import { frameOf, lastOf, type DescribedEdge, type DescribedNode, type GraphDescription } from './description.ts';
import { number } from '../terminal/format.ts';

/** Stages that are all drawn. */
const MOST_NODES = 300;
/** Rows of one branch or fan-out that are drawn where there are more. */
const ROWS = 4;

/** The graph, or one with a box for the rows that are too many. */
export function fewerRows(description: GraphDescription): GraphDescription {
  const { nodes, edges, frames } = description;
  if (nodes.length <= MOST_NODES) return description;
  const within = new Map<string, string[]>();
  for (const frame of frames) {
    const siblings = within.get(frameOf(frame));
    if (siblings) siblings.push(frame);
    else within.set(frameOf(frame), [frame]);
  }
  /** By frame that is not drawn: the box that stands for it. */
  const boxes = new Map<string, DescribedNode>();
  for (const [parent, rows] of within) {
    if (rows.length <= 2 * ROWS) continue;
    const left = rows.slice(ROWS);
    const name = `${number(left.length)} more`;
    const box: DescribedNode = {
      path: `${parent}/${name} like these`,
      name,
      frame: parent,
      params: [`from ${lastOf(left[0]!)} to ${lastOf(left.at(-1)!)}`],
      computes: false,
    };
    for (const row of left) boxes.set(row, box);
  }
  const boxOf = (path: string): DescribedNode | undefined => {
    let found: DescribedNode | undefined;
    for (let frame = frameOf(path); frame !== ''; frame = frameOf(frame)) found = boxes.get(frame) ?? found;
    return found;
  };
  const standsFor = new Map(nodes.map((node) => [node.path, boxOf(node.path) ?? node]));
  return {
    ...description,
    nodes: [...new Set(standsFor.values())],
    edges: merged(edges, standsFor),
    frames: frames.filter((frame) => !boxes.has(frame) && !boxOf(frame)),
  };
}

/** One edge for all between two boxes, and none within one. */
function merged(edges: readonly DescribedEdge[], standsFor: ReadonlyMap<string, DescribedNode>): readonly DescribedEdge[] {
  const labels = new Map<string, { readonly from: string; readonly to: string; readonly labels: Set<string> }>();
  for (const edge of edges) {
    const [from, to] = [edge.from, edge.to].map((path) => standsFor.get(path)?.path ?? path) as [string, string];
    if (from === to) continue;
    const key = JSON.stringify([from, to]);
    const known = labels.get(key) ?? { from, to, labels: new Set<string>() };
    for (const label of edge.labels) known.labels.add(label);
    labels.set(key, known);
  }
  return [...labels.values()].map(({ from, to, labels }) => ({ from, to, labels: [...labels] }));
}
