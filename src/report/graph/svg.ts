// A graph as one SVG file: dagre places nodes, frames and edges, the rest is text. Light or dark follows the reader.
import { Graph, layout } from '@dagrejs/dagre';
import { cut, frameOf, lastOf, LETTERS, type DescribedNode, type GraphDescription } from './description.ts';
import { fewerRows } from './rows.ts';
import { escape } from '../markup.ts';

/** Widths are known without measuring: every letter of a monospaced font takes 0.6 of its size. */
const LETTER = 0.6;
const TITLE = 14;
const SMALL = 11;
const LINE = 15;
const PADDING = 12;
const MARGIN = 24;
/** Lines of parameters of a stage. */
const LINES = 2;

/** Colours by name, for whatever `selector` names; light or dark follows the reader. */
export function graphColors(selector: string): string {
  return `
${selector} { color-scheme: light dark; --back: #ffffff; --ink: #1f2430; --soft: #5b6478; --line: #8a93a6; --box: #f3f5f9; --device: #dfeafc; --edge: #4f7fc4; --frame: #8a93a61a; --failed: #b2182b; }
@media (prefers-color-scheme: dark) {
  ${selector} { --back: #14171e; --ink: #e8ebf2; --soft: #a3adc2; --line: #6d778c; --box: #222733; --device: #1c3557; --edge: #7aa7e6; --frame: #8a93a61f; --failed: #ff8b8b; }
}`;
}

/** Of the graph alone: in an HTML page, the style of an SVG holds for whatever else is drawn there. */
const graphStyle = `${graphColors('.pipeline-graph')}
.pipeline-graph text { font: ${SMALL}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: var(--soft); text-anchor: middle; }
.pipeline-graph .name { font-size: ${TITLE}px; font-weight: 600; fill: var(--ink); }
.pipeline-graph .stage rect { fill: var(--box); stroke: var(--line); }
.pipeline-graph .device rect { fill: var(--device); stroke: var(--edge); }
.pipeline-graph .failed rect { stroke: var(--failed); stroke-width: 3; }
.pipeline-graph .failed .params tspan:first-child { fill: var(--failed); font-weight: 600; }
.pipeline-graph .frame rect { fill: var(--frame); stroke: var(--line); stroke-dasharray: 4 4; }
.pipeline-graph .arrow { fill: none; stroke: var(--line); stroke-width: 1.4; }
.pipeline-graph .head { fill: var(--line); }
.pipeline-graph .label, .pipeline-graph .title { stroke: var(--back); stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
.pipeline-graph .title { text-anchor: start; }
.pipeline-graph .back { fill: var(--back); }
`;

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export function svgText(whole: GraphDescription): string {
  const description = fewerRows(whole);
  const { name, nodes, edges, frames } = description;
  const graph = placed(description);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  const arrows = edges.map(({ from, to, labels }) => {
    const { points, x, y } = graph.edge(stageId(from), stageId(to)) as Point & { readonly points: readonly Point[] };
    return {
      path: `<path class="arrow" marker-end="url(#head)" d="${curve(points)}"><title>${escape(`${from} → ${to}: ${labels.join(', ')}`)}</title></path>`,
      label: lines(labels, x, y - (labels.length * LINE) / 2 + SMALL, 'label'),
    };
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="pipeline-graph" viewBox="0 0 ${width.toFixed(0)} ${height.toFixed(0)}" width="${width.toFixed(0)}" height="${height.toFixed(0)}" role="img">`,
    `<title>${escape(name)}</title>`,
    `<style>${graphStyle}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    '<rect class="back" width="100%" height="100%"/>',
    ...frames.map((frame) => frameText(frame, graph.node(frameId(frame)) as Box)),
    ...arrows.map(({ path }) => path),
    ...nodes.map((node) => nodeText(node, graph.node(stageId(node.path)) as Box)),
    ...arrows.map(({ label }) => label),
    '</svg>\n',
  ].join('\n');
}

function placed({ nodes, edges, frames }: GraphDescription): Graph {
  const graph: Graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 34, marginx: MARGIN, marginy: MARGIN });
  for (const frame of frames) {
    graph.setNode(frameId(frame), {});
    if (frameOf(frame) !== '') graph.setParent(frameId(frame), frameId(frameOf(frame)));
  }
  // dagre begins from the right.
  for (const node of nodes.toReversed()) {
    const [name, ...params] = textOf(node);
    const letters = Math.max(name!.length * TITLE, ...params.map((line) => line.length * SMALL)) * LETTER;
    graph.setNode(stageId(node.path), { width: letters + 2 * PADDING, height: 34 + params.length * LINE });
    if (node.frame !== '') graph.setParent(stageId(node.path), frameId(node.frame));
  }
  for (const { from, to, labels } of edges.toReversed()) {
    const longest = Math.max(...labels.map((label) => label.length));
    graph.setEdge(stageId(from), stageId(to), { width: longest * SMALL * LETTER + 8, height: labels.length * LINE, labelpos: 'c' });
  }
  layout(graph);
  return graph;
}

/** dagre keeps its nodes in plain objects, where a stage called 'constructor' would be found before it is there. */
function stageId(path: string): string {
  return `stage ${path}`;
}

function frameId(frame: string): string {
  return `frame ${frame}`;
}

/** The name, and as many parameters as two lines take. */
function textOf({ name, params }: DescribedNode): readonly string[] {
  const wrapped: string[] = [];
  for (const param of params) {
    const last = wrapped.at(-1);
    if (last !== undefined && `${last}, ${param}`.length <= LETTERS) wrapped[wrapped.length - 1] = `${last}, ${param}`;
    else wrapped.push(param);
  }
  const shown = wrapped.slice(0, LINES);
  if (wrapped.length > LINES) shown[LINES - 1] = `${shown[LINES - 1]!.slice(0, LETTERS - 2)} …`;
  return [name, ...shown].map(cut);
}

function nodeText(node: DescribedNode, at: Box): string {
  const [name, ...params] = textOf(node);
  const top = at.y - at.height / 2;
  return [
    `<g class="stage${node.computes ? ' device' : ''}${node.failed ? ' failed' : ''}"><title>${escape([node.path, ...node.params].join('\n'))}</title>`,
    `${box(at)}${lines([name!], at.x, top + 21, 'name')}${lines(params, at.x, top + 37, 'params')}</g>`,
  ].join('');
}

/** The name stands on the frame's upper edge, where no stage can be. */
function frameText(frame: string, at: Box): string {
  const name = lines([lastOf(frame)], at.x - at.width / 2 + 12, at.y - at.height / 2 + 4, 'title');
  return `<g class="frame"><title>${escape(frame)}</title>${box(at)}${name}</g>`;
}

function box({ x, y, width, height }: Box): string {
  return `<rect x="${(x - width / 2).toFixed(1)}" y="${(y - height / 2).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="7"/>`;
}

function lines(texts: readonly string[], x: number, y: number, kind: string): string {
  const spans = texts.map((text, i) => `<tspan x="${x.toFixed(1)}" y="${(y + i * LINE).toFixed(1)}">${escape(text)}</tspan>`);
  return `<text class="${kind}">${spans.join('')}</text>`;
}

/** Through the middles between dagre's points, rounded at the points. */
function curve(points: readonly Point[]): string {
  const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const inner = points.slice(1, -1).map((point, i) => `Q${at(point)} ${at(middle(point, points[i + 2]!))}`);
  return [`M${at(points[0]!)}L${at(middle(points[0]!, points[1]!))}`, ...inner, `L${at(points.at(-1)!)}`].join('');
}
