// What decided the results: the command, the code, the data; where they were computed; and the record itself, as a file.
import type { RunRecord } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { adapterText, number } from '../../terminal/format.ts';
import { adaptersOf } from '../data.ts';
import { section, type Section } from '../parts/section.ts';
import { download } from '../parts/table.ts';

/** Letters of a record that a page carries as a file. */
const MOST_RECORD = 4e6;
/** Keys that a page lists; the record has all. */
const MOST_KEYS = 200;

export function provenance(run: RunRecord): Section {
  const { id, version, machine, seed, stages, file, command, git, source } = run;
  const record = JSON.stringify(run);
  const keys = stages.flatMap(({ path, key }) => (key === undefined ? [] : [{ path, key }]));
  return section(
    'Provenance',
    html`<ul>
        ${command !== undefined && html`<li>command <code>${command}</code></li>`}
        <li>run ${id}, pipeline-gpu ${version}, root seed ${seed ?? '-'}</li>
        ${git && html`<li>commit <code>${git.commit}</code>${git.dirty ? ', with changes since' : ', unchanged'}</li>`}
        <li>${machine.cpu}, ${machine.platform}, Node ${machine.node}</li>
        ${adaptersOf(run).map((adapter) => html`<li>${adapterText(adapter)}, ${adapter.vendor} ${adapter.architecture}</li>`)}
        <li>
          ${
            record.length > MOST_RECORD
              ? html`The record of this run is long: <code>pipeline runs show ${id} --json</code>`
              : download(`${id}.json`, 'application/json', record, 'The record of this run as JSON')
          }
        </li>
      </ul>
      ${source !== undefined && sourceOf(file, source)}
      ${
        keys.length > 0 &&
        html`<details>
          <summary>Digests of everything that decided each result: parameters, inputs, code, shaders</summary>
          <ul class="keys">
            ${keys.slice(0, MOST_KEYS).map(({ path, key }) => html`<li>${path}: <code>${key}</code></li>`)}
          </ul>
          ${keys.length > MOST_KEYS && html`<p class="note">${number(keys.length - MOST_KEYS)} more in the record.</p>`}
        </details>`
      }`,
  );
}

function sourceOf(file: string, source: string): Markup {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return html`<details>
    <summary>${name}, as it was when the run began</summary>
    <pre class="source" tabindex="0" role="region" aria-label="Source of ${name}"><code>${source}</code></pre>
    <p class="note files">${download(name, 'text/plain', source, name)}</p>
  </details>`;
}
