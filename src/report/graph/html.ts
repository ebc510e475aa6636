// A graph as one HTML file that needs nothing else: the SVG, a legend, and every stage's parameters as text.
import type { GraphDescription } from './description.ts';
import { escape } from '../markup.ts';
import { graphColors, svgText } from './svg.ts';

export function htmlText(description: GraphDescription): string {
  const { name, nodes } = description;
  const rows = nodes.map(({ path, params }) => `<tr><th scope="row">${escape(path)}</th><td>${params.map(escape).join('<br>')}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)}</title>
<style>${graphColors(':root')}
body { margin: 2rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); }
figure { margin: 0; overflow-x: auto; text-align: center; }
figcaption { color: var(--soft); margin-bottom: 1rem; }
.mark { display: inline-block; width: 1.6em; height: 0.9em; border: 1px solid var(--line); border-radius: 3px; background: var(--box); }
.mark.device { background: var(--device); border-color: var(--edge); }
.mark.frame { background: var(--frame); border-style: dashed; }
table { border-collapse: collapse; margin-top: 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0; border-top: 1px solid var(--frame); overflow-wrap: anywhere; }
td { color: var(--soft); }
</style>
</head>
<body>
<h1>${escape(name)}</h1>
<figure>
<figcaption><span class="mark"></span> stage &nbsp; <span class="mark device"></span> computes on the device &nbsp; <span class="mark frame"></span> branch, fan-out or composed stages &nbsp; → values by key</figcaption>
${svgText(description)}</figure>
<table>
<thead><tr><th scope="col">stage</th><th scope="col">parameters</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`;
}
