// A part of a page: a heading, perhaps a note, and what it is about.
import { html, type Markup } from '../../markup.ts';

export function section(title: string, content: Markup, note?: string): Markup {
  return html`<section>
    <h2>${title}</h2>
    ${note !== undefined && html`<p class="note">${note}</p>`} ${content}
  </section>`;
}

/** Charts with their captions, two beside each other where there is room. */
export function figures(content: readonly (Markup | false)[]): Markup {
  return html`<div class="figures">${content}</div>`;
}
