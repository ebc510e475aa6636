// What ran, how it ended, when and on what; of a run that failed, why.
import type { RunRecord } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { adapterText, seconds } from '../../terminal/format.ts';
import { adaptersOf } from '../data.ts';

export function header(run: RunRecord): Markup {
  const { pipeline, id, status, started, ms, seed, git } = run;
  const adapters = adaptersOf(run).map((adapter) => `${adapterText(adapter)}${adapter.software ? ' (software)' : ''}`);
  const when = new Date(started).toISOString().slice(0, 19).replace('T', ' ');
  return html`<header>
    <h1>${pipeline}</h1>
    <p>
      <span class="status ${status}">${status}</span> ${when} UTC${ms !== undefined && `, ${seconds(ms)}`}${seed !== undefined && `, seed ${seed}`}, run ${id}
    </p>
    ${git && html`<p class="note">Commit ${git.commit.slice(0, 10)}${git.dirty && ', with changes since'}</p>`}
    ${adapters.length > 0 && html`<p class="note">Computed on ${adapters.join('; and on ')}</p>`}
  </header>`;
}

export function failure({ code, message, hint, at, stage, causes = [] }: NonNullable<RunRecord['error']>): Markup {
  return html`<section class="failure" role="alert">
    <h2>${code}</h2>
    <p>${message}</p>
    ${at && html`<p class="note">${at.file}:${at.line}:${at.column}${stage !== undefined && `, stage ${stage}`}</p>`}
    ${causes.map((cause) => html`<p class="note">Because: ${cause}</p>`)} ${hint !== undefined && html`<p>Try: ${hint}</p>`}
  </section>`;
}
