// A graph as Mermaid text, which code hosts and editors draw: https://mermaid.js.org/syntax/flowchart.html
import { cut, frameOf, lastOf, type GraphDescription } from './description.ts';
import { fewerRows } from './rows.ts';

/** Flowchart text, top down, with its last newline. */
export function mermaidText(description: GraphDescription): string {
  const { nodes, edges, frames } = fewerRows(description);
  const ids = new Map(nodes.map(({ path }, i) => [path, `n${i}`]));
  const inside = (frame: string, indent: string): readonly string[] => [
    ...frames
      .filter((inner) => frameOf(inner) === frame)
      .flatMap((inner) => [`${indent}subgraph f${frames.indexOf(inner)}["${escaped(lastOf(inner))}"]`, ...inside(inner, `${indent}  `), `${indent}end`]),
    ...nodes
      .filter((node) => node.frame === frame)
      .map(({ path, name, params }) => `${indent}${ids.get(path)}["${[name, ...params.slice(0, 3)].map(cut).map(escaped).join('<br/>')}"]`),
  ];
  const arrows = edges.map(({ from, to, labels }) => `  ${ids.get(from)} -->|"${labels.map(escaped).join('<br/>')}"| ${ids.get(to)}`);
  return `${['flowchart TD', ...inside('', '  '), ...arrows].join('\n')}\n`;
}

/** Mermaid reads `#35;` and its like as characters; anything that could be markup becomes one. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:=_\-/+]/gu, (char) => `#${char.codePointAt(0)};`);
}
