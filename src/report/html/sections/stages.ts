// Every stage with its parameters and what it gave.
import type { RecordedStage, RunRecord } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { outputLine, seconds } from '../../terminal/format.ts';
import { section } from './section.ts';

export function stageTable({ stages, params = {} }: RunRecord): Markup {
  const rows = stages.map(
    ({ path, status, ms, params: own, output = {}, computed }) =>
      html`<tr>
        <th scope="row">${path}</th>
        <td>${status}</td>
        <td class="number">${timeText(status, ms, computed?.ms)}</td>
        <td class="record">${outputLine(own)}</td>
        <td class="record">${outputLine(output)}</td>
      </tr>`,
  );
  return section(
    'Stages',
    html`<div class="scroll" tabindex="0" role="region" aria-label="Stages">
      <table>
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">status</th>
            <th scope="col" class="number">time</th>
            <th scope="col">parameters</th>
            <th scope="col">output</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`,
    Object.keys(params).length > 0 ? `Parameters of the pipeline: ${outputLine(params)}` : undefined,
  );
}

/** Of a cached result the time that it once took; records of earlier versions do not know it. */
function timeText(status: RecordedStage['status'], ms: number | undefined, computedMs: number | undefined): string {
  if (status === 'cached') return computedMs === undefined ? '' : `${seconds(computedMs)}, earlier`;
  return ms === undefined ? '' : seconds(ms);
}
