// The graph of stages, with what its marks mean.
import { html, Markup } from '../../markup.ts';
import { section, type Section } from '../parts/section.ts';

/** @param graph as SVG, where there is one */
export function graphOf(graph: string | undefined): Section | false {
  if (graph === undefined) return false;
  const mark = (kind: string, text: string): Markup => html`<li><span class="mark ${kind}"></span> ${text}</li>`;
  const has = (kind: string): boolean => new RegExp(`class="(stage )?(device )?${kind}"`).test(graph);
  return section(
    'Graph',
    html`<ul class="legend">
        ${mark('', 'stage')} ${graph.includes('class="stage device') && mark('device', 'computes on the device')}
        ${has('frame') && mark('frame', 'branch, fan-out or composed stages')} ${has('failed') && mark('failed', 'failed')}
      </ul>
      <div class="graph" tabindex="0" role="region" aria-label="Graph of the stages">${new Markup(graph)}</div>`,
  );
}
