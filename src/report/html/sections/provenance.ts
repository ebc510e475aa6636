// What decided the results, and where they were computed.
import type { RunRecord } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { adaptersOf } from './header.ts';
import { section } from './section.ts';

export function provenance(run: RunRecord): Markup {
  const { id, version, machine, seed, stages } = run;
  const keys = stages.flatMap(({ path, key }) => (key === undefined ? [] : [html`<li>${path}: <code>${key}</code></li>`]));
  return section(
    'Provenance',
    html`<ul>
        <li>run ${id}, pipeline-gpu ${version}, root seed ${seed ?? '-'}</li>
        <li>${machine.cpu}, ${machine.platform}, Node ${machine.node}</li>
        ${adaptersOf(run).map(({ name, driver, vendor, architecture }) => html`<li>${name}, ${driver}, ${vendor} ${architecture}</li>`)}
      </ul>
      ${
        keys.length > 0 &&
        html`<details>
          <summary>Digests of everything that decided each result: parameters, inputs, code, shaders</summary>
          <ul class="keys">
            ${keys}
          </ul>
        </details>`
      }`,
  );
}
