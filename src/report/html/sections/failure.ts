// Why a run failed, where, and what to try.
import type { RunRecord } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';

export function failure({ code, message, hint, at, stage, causes = [] }: NonNullable<RunRecord['error']>): Markup {
  return html`<section class="failure" role="alert">
    <h2>${code}</h2>
    <p>${message}</p>
    ${at && html`<p class="note">${at.file}:${at.line}:${at.column}${stage !== undefined && `, stage ${stage}`}</p>`}
    ${causes.map((cause) => html`<p class="note">Because: ${cause}</p>`)} ${hint !== undefined && html`<p>Try: ${hint}</p>`}
  </section>`;
}
