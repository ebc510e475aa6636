// All runs, newest first; two of them can be compared.
import { mainScore, type RunRecord } from '../core/runRecord.ts';
import { seconds, words } from '../report/terminal/format.ts';
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';

export async function runList(): Promise<View> {
  const runs = await getJson<readonly RunRecord[]>('/runs');
  const chosen: string[] = [];
  const compare = h('button', { disabled: true, click: () => (location.hash = `#/compare/${chosen[0]}/${chosen[1]}`) }, 'Compare two runs');
  const choose = (event: Event): void => {
    const box = event.target as HTMLInputElement;
    if (box.checked) chosen.push(box.value);
    else chosen.splice(chosen.indexOf(box.value), 1);
    compare.disabled = chosen.length !== 2;
  };
  const rows = runs.toReversed().map((run) => {
    const score = mainScore(run);
    return [
      h('a', { href: `#/run/${run.id}` }, run.id),
      run.pipeline,
      h('span', { class: `status ${run.status}` }, run.status),
      run.ms === undefined ? '' : seconds(run.ms),
      score ? `${words(score.name)} ${score.value.toFixed(4)}` : '',
      h('input', { type: 'checkbox', value: run.id, 'aria-label': `Compare ${run.id}`, change: choose }),
    ];
  });
  const none = h('p', {}, 'No runs yet. Run a pipeline in this folder: pipeline run mnist-2detector.ts');
  return {
    element: h(
      'div',
      {},
      h('h1', {}, 'Runs'),
      runs.length === 0 ? none : table(['run', 'pipeline', 'status', 'time', 'score', 'compare'], rows),
      runs.length > 1 && h('p', {}, compare),
    ),
  };
}
