// All runs, newest first; two of them can be compared.
import { mainScore, type RunRecord } from '../core/runRecord.ts';
import { seconds, words } from '../report/terminal/format.ts';
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';

/** How often the list looks for new runs. */
const POLL_MS = 2000;

export async function runList(): Promise<View> {
  const element = h('div', {}, h('h1', {}, 'Runs'));
  const chosen = new Set<string>();
  let shown = '';
  const refresh = async (): Promise<void> => {
    const runs = await getJson<readonly RunRecord[]>('/runs');
    const now = JSON.stringify(runs.map(({ id, status }) => [id, status]));
    if (now === shown) return; // what the user points at stays where it is
    shown = now;
    element.replaceChildren(h('h1', {}, 'Runs'), ...listed(runs, chosen));
  };
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => {}), POLL_MS);
  return { element, leave: () => clearInterval(timer) };
}

function listed(runs: readonly RunRecord[], chosen: Set<string>): readonly HTMLElement[] {
  if (runs.length === 0) return [h('p', {}, 'No runs yet. Run a pipeline in this folder: pipeline run mnist-2detector.ts')];
  const compare = h('button', { disabled: chosen.size !== 2, click: () => (location.hash = `#/compare/${[...chosen].join('/')}`) }, 'Compare two runs');
  const choose = (event: Event): void => {
    const { checked, value } = event.target as HTMLInputElement;
    if (checked) chosen.add(value);
    else chosen.delete(value);
    compare.disabled = chosen.size !== 2;
  };
  const rows = runs.toReversed().map((run) => {
    const score = mainScore(run);
    return [
      h('a', { href: `#/run/${run.id}` }, run.id),
      run.pipeline,
      h('span', { class: `status ${run.status}` }, run.status),
      run.ms === undefined ? '' : seconds(run.ms),
      score ? `${words(score.name)} ${score.value.toFixed(4)}` : '',
      h('input', { type: 'checkbox', value: run.id, checked: chosen.has(run.id), 'aria-label': `Compare ${run.id}`, change: choose }),
    ];
  });
  const list = table(['run', 'pipeline', 'status', 'time', 'score', 'compare'], rows);
  return runs.length > 1 ? [list, h('p', {}, compare)] : [list];
}
