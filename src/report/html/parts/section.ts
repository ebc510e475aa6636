// A part of a page: a heading that the table of contents links to, perhaps a note, and what it is about.
import { html, Markup } from '../../markup.ts';

/** Markup that has a heading. */
export class Section extends Markup {
  readonly title: string;
  readonly id: string;
  readonly body: Markup;
  /** @param folded whether it is its heading alone until it is opened */
  constructor(title: string, body: Markup, folded: boolean) {
    const id = idOf(title);
    const heading = html`<h2>${title}</h2>`;
    super(
      html`<section id="${id}">
        ${
          folded
            ? html`<details>
                <summary>${heading}</summary>
                ${body}
              </details>`
            : html`${heading} ${body}`
        }
      </section>`.text,
    );
    this.title = title;
    this.id = id;
    this.body = body;
  }
}

export function section(title: string, content: Markup, note?: string): Section {
  return new Section(title, html`${note !== undefined && html`<p class="note">${note}</p>`} ${content}`, false);
}

export function folded(one: Section | false): Section | false {
  return one && new Section(one.title, one.body, true);
}

/** Links to all sections. */
export function contents(sections: readonly Markup[]): Markup {
  const links = sections.flatMap((one) => (one instanceof Section ? [html`<li><a href="#${one.id}">${one.title}</a></li>`] : []));
  return html`<nav aria-label="Contents" class="contents">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

/** `Rows shown` -> `part-rows-shown`: no other id begins so. */
export function idOf(title: string): string {
  return `part-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

/** Charts with their captions, two beside each other where there is room. */
export function figures(content: readonly (Markup | false)[]): Markup {
  return html`<div class="figures">${content}</div>`;
}
