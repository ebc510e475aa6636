// Every stage: when it ran, how long it took, its parameters and what it gave.
import type { RecordedStage, RunRecord } from '../../../core/runRecord.ts';
import { paramTexts } from '../../graph/description.ts';
import { html, type Markup } from '../../markup.ts';
import { outputLine, seconds, workerText } from '../../terminal/format.ts';
import { section, type Section } from '../parts/section.ts';
import { table } from '../parts/table.ts';

/** Stages of a timeline: of more, those that took longest. */
const MOST_BARS = 40;

export function stageTable({ stages, params = {} }: RunRecord): Section {
  return section(
    'Stages',
    html`${timeline(stages)}${table({
      label: 'Stages',
      rows: stages,
      columns: [
        { name: 'stage', of: ({ path }) => path },
        { name: 'status', of: ({ status }) => status },
        { name: 'time', of: ({ status, ms, computed }) => timeText(status, ms, computed?.ms) },
        { name: 'parameters', of: ({ params: own }) => paramTexts(own).join(', ') },
        { name: 'output', of: ({ output = {} }) => outputLine(output) },
        ...(stages.some(({ computed }) => computed?.worker) ? [{ name: 'worker', of: ({ computed }: RecordedStage) => workerText(computed) }] : []),
        ...(stages.some(({ computed, status }) => computed?.adapter && status === 'cached')
          ? [{ name: 'computed earlier on', of: ({ computed, status }: RecordedStage) => (status === 'cached' ? (computed?.adapter?.name ?? '') : '') }]
          : []),
      ],
    })}`,
    Object.keys(params).length > 0 ? `Parameters of the pipeline: ${outputLine(params)}` : undefined,
  );
}

/** Of a cached result the time that it once took; records of earlier versions do not know it. */
function timeText(status: RecordedStage['status'], ms: number | undefined, computedMs: number | undefined): string {
  if (status === 'cached') return computedMs === undefined ? '' : `${seconds(computedMs)}, earlier`;
  return ms === undefined ? '' : seconds(ms);
}

/** When each stage ran, where the record knows. */
function timeline(stages: readonly RecordedStage[]): Markup | false {
  const known = stages.flatMap(({ path, at, ms, status }) => (at === undefined || ms === undefined || status === 'cached' ? [] : [{ path, at, ms }]));
  if (known.length < 2) return false;
  const longest = new Set(known.toSorted((a, b) => b.ms - a.ms).slice(0, MOST_BARS));
  const shown = known.filter((one) => longest.has(one)).toSorted((a, b) => a.at - b.at);
  const [first, last] = [Math.min(...shown.map(({ at }) => at)), Math.max(...shown.map(({ at, ms }) => at + ms))];
  const share = (ms: number): string => (ms / (last - first || 1)).toFixed(4);
  return html`<figure>
    <figcaption>
      When stages ran, from the start to ${seconds(last - first)} later${known.length > shown.length && `: the ${shown.length} that took longest`}
    </figcaption>
    <ol class="timeline">
      ${shown.map(
        ({ path, at, ms }) =>
          html`<li>
            <span class="stage">${path}</span>
            <span class="when" style="--at: ${share(at - first)}; --long: ${share(ms)}"></span>
            <span class="took">${seconds(ms)}</span>
          </li>`,
      )}
    </ol>
  </figure>`;
}
