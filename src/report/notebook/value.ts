// Data and models as parts of a report.
import type { RunEvent } from '../../core/events.ts';
import { evidenceOf } from '../html/data.ts';
import { coefficients } from '../html/kinds/coefficients.ts';
import { Section } from '../html/parts/section.ts';
import { fetched } from '../html/sections/fetched.ts';
import { standAlone } from '../charts/standAlone.ts';
import { html, Markup } from '../markup.ts';

/** Of the style of reports what these parts cannot do without; a notebook has its own for the rest. */
const STYLE = new Markup(
  '.pipeline-value .gallery{display:flex;flex-wrap:wrap;gap:12px}.pipeline-value figure{margin:0}.pipeline-value .share{width:calc(8em*var(--share));height:.7em;background:#4c78a8}',
);

/** @param events what a run would have sent of it */
export function valueMarkup(text: string, events: readonly RunEvent[]): Markup {
  const evidence = evidenceOf(events);
  const parts = [fetched(evidence), coefficients(evidence)].filter((part) => part !== false);
  // Charts stand in a page without the colours of reports.
  const drawn = parts.map((part) => new Markup((part instanceof Section ? part.body : part).text.replaceAll(/<svg[\s\S]*?<\/svg>/g, standAlone)));
  return html`<div class="pipeline-value">
    <style>
      ${STYLE}
    </style>
    ${evidence.data?.length === 0 && html`<p>${text}</p>`} ${drawn}
  </div>`;
}
