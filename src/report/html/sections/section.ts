// A part of a page: a heading, perhaps a note, and what it is about.
import { html, type Markup } from '../../markup.ts';

export function section(title: string, content: Markup, note?: string): Markup {
  return html`<section>
    <h2>${title}</h2>
    ${note !== undefined && html`<p class="note">${note}</p>`} ${content}
  </section>`;
}
