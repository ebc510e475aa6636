// All runs, newest first: filtered, sorted by any figure, a page at a time; some of them can be compared. What is asked for stands in
// the address, so that going back finds it again.
import type { ListedRun, RunList } from '../report/runs/list.ts';
import { number, seconds, words } from '../report/terminal/format.ts';
import { getJson, h } from './dom.ts';
import type { View } from './main.ts';

/** How often the list looks for new runs. */
const POLL_MS = 2000;
/** How long a filter waits for the next letter. */
const TYPING_MS = 200;
export const MOST_COMPARED = 5;

/** Runs chosen to be compared, on whatever page they are. */
const chosen = new Set<string>();

type Columns = readonly (readonly [name: string, sort: string | undefined])[];
const COLUMNS: Columns = [
  ['compare', undefined],
  ['run', undefined],
  ['started', 'started'],
  ['pipeline', undefined],
  ['status', undefined],
  ['time', 'ms'],
  ['score', 'score'],
];

export async function runList(query: URLSearchParams): Promise<View> {
  const rows = h('tbody', {});
  const head = h('tr', {});
  const count = h('p', { class: 'note', role: 'status' });
  const pages = h('nav', { class: 'pages', 'aria-label': 'Pages' });
  const none = h('p', {}, 'No runs yet. Run a pipeline in this folder: pipeline run mnist-2detector.ts');
  const ask = (name: string, value: string): void => {
    if (value === '') query.delete(name);
    else query.set(name, value);
    if (name !== 'page') query.delete('page');
    history.replaceState(undefined, '', `#/${query.size > 0 ? `?${query.toString()}` : ''}`);
    void refresh().catch(failed);
  };
  const failed = (error: unknown): void => {
    count.textContent = error instanceof Error ? error.message : String(error);
  };
  let typing: ReturnType<typeof setTimeout> | undefined;
  const text = h('input', {
    type: 'search',
    value: query.get('text') ?? '',
    placeholder: 'pipeline, id or tol=0.1',
    input: () => {
      clearTimeout(typing);
      typing = setTimeout(() => ask('text', text.value), TYPING_MS);
    },
  });
  const choice = (name: string): HTMLSelectElement => h('select', { change: (event) => ask(name, (event.target as HTMLSelectElement).value) });
  const [pipeline, status, sort] = [choice('pipeline'), choice('status'), choice('sort')];
  const compare = h('button', { click: () => (location.hash = `#/compare/${[...chosen].toSorted().join('/')}`) });
  const forget = h('button', { click: () => choose([...chosen], false) }, 'Choose none');
  const choose = (ids: readonly string[], on: boolean): void => {
    for (const id of ids) chosen[on ? 'add' : 'delete'](id);
    compare.disabled = chosen.size < 2 || chosen.size > MOST_COMPARED;
    compare.textContent = chosen.size < 2 ? `Compare 2 to ${MOST_COMPARED} runs` : `Compare ${chosen.size} runs`;
    forget.hidden = chosen.size === 0;
    for (const box of rows.querySelectorAll('input')) {
      box.checked = chosen.has(box.value);
      box.disabled = !box.checked && chosen.size >= MOST_COMPARED;
    }
  };

  const show = (list: RunList): void => {
    const sorted = query.get('sort') ?? 'started';
    const figure = COLUMNS.some(([, own]) => own === sorted) ? [] : [[figureName(sorted), sorted] as const];
    const columns: Columns = [...COLUMNS, ...figure];
    keepingFocus(() => {
      head.replaceChildren(...columns.map(([name, own]) => headCell(name, own, query, ask)));
      rows.replaceChildren(...list.runs.map((run) => row(run, figure.length > 0, choose)));
      pages.replaceChildren(...pageLinks(list, (page) => ask('page', page === 0 ? '' : String(page))));
    });
    fill(pipeline, query.get('pipeline'), { '': [['', 'all'], ...list.pipelines.map(named)] });
    fill(status, query.get('status'), { '': [['', 'all'], ...STATUSES.map(named)] });
    const figures = (kind: 'results' | 'params'): readonly Option[] => list.figures[kind].map((name) => [`${kind} ${name}`, name]);
    fill(sort, query.get('sort'), { '': SORTS, Results: figures('results'), Parameters: figures('params') });
    const { found, total } = list;
    count.textContent = found === total ? `${number(total)} runs` : `${number(found)} of ${number(total)} runs`;
    none.hidden = total > 0;
    choose([], true);
  };

  let shown = '';
  let asked = 0;
  const refresh = async (): Promise<void> => {
    const turn = ++asked;
    const list = await getJson<RunList>(`/runs?${query.toString()}`);
    const now = JSON.stringify([query.toString(), list]);
    // What the user points at stays where it is; an answer to an earlier question is of no use.
    if (turn !== asked || now === shown) return;
    shown = now;
    show(list);
  };
  await refresh();
  const timer = setInterval(() => void refresh().catch(failed), POLL_MS);
  return {
    element: h(
      'div',
      {},
      h('h1', {}, 'Runs'),
      h(
        'div',
        { class: 'toolbar', role: 'search', 'aria-label': 'Runs' },
        h('label', {}, 'Filter', text),
        h('label', {}, 'Pipeline', pipeline),
        h('label', {}, 'Status', status),
        h('label', {}, 'Sort by', sort),
        compare,
        forget,
      ),
      count,
      none,
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'List of runs' },
        h('table', { class: 'runs stacked' }, h('thead', {}, head), rows),
      ),
      pages,
    ),
    leave: () => clearInterval(timer),
  };
}

/** A heading that sorts, where its column can be sorted by: first the largest, then the smallest on top. */
function headCell(name: string, sort: string | undefined, query: URLSearchParams, ask: (name: string, value: string) => void): HTMLElement {
  if (sort === undefined) return h('th', { scope: 'col' }, name);
  const [sorted, ascending] = [(query.get('sort') ?? 'started') === sort, query.has('ascending')];
  const click = (): void => {
    // The second question is the one that counts: it is of both.
    if (sorted) return ask('ascending', ascending ? '' : '1');
    query.delete('ascending');
    ask('sort', sort === 'started' ? '' : sort);
  };
  const mark = sorted ? (ascending ? ' ▲' : ' ▼') : '';
  return h(
    'th',
    { scope: 'col', 'aria-sort': sorted ? (ascending ? 'ascending' : 'descending') : 'none' },
    h('button', { class: 'sort', 'data-key': `sort ${sort}`, click }, `${name}${mark}`),
  );
}

function row(run: ListedRun, hasFigure: boolean, choose: (ids: readonly string[], on: boolean) => void): HTMLElement {
  const { id, pipeline, status, started, ms, score, figure } = run;
  const change = (event: Event): void => choose([id], (event.target as HTMLInputElement).checked);
  return h(
    'tr',
    {},
    h('td', { 'data-label': 'compare' }, h('input', { type: 'checkbox', value: id, 'aria-label': `Compare ${id}`, 'data-key': `box ${id}`, change })),
    h('th', { scope: 'row' }, h('a', { href: `#/run/${id}`, 'data-key': `run ${id}` }, id)),
    h('td', { 'data-label': 'started' }, h('time', { datetime: started }, localTime(started))),
    h('td', { 'data-label': 'pipeline' }, pipeline),
    h('td', { 'data-label': 'status' }, h('span', { class: `status ${status}` }, status)),
    h('td', { class: 'number', 'data-label': 'time' }, ms === undefined ? '' : seconds(ms)),
    h('td', { class: 'number', 'data-label': 'score' }, score ? `${words(score.name)} ${score.value.toFixed(4)}` : ''),
    hasFigure && h('td', { class: 'number' }, figure === undefined ? '' : number(figure)),
  );
}

function pageLinks({ page, pages }: RunList, go: (page: number) => void): readonly HTMLElement[] {
  if (pages === 1) return [];
  const link = (name: string, to: number): HTMLElement => h('button', { 'data-key': name, disabled: to < 0 || to >= pages, click: () => go(to) }, name);
  return [
    link('First', page === 0 ? -1 : 0),
    link('Previous', page - 1),
    h('span', {}, `page ${page + 1} of ${pages}`),
    link('Next', page + 1),
    link('Last', page === pages - 1 ? pages : pages - 1),
  ];
}

type Option = readonly [value: string, name: string];

const SORTS: readonly Option[] = [
  ['', 'start'],
  ['ms', 'time'],
  ['score', 'score'],
];
const STATUSES = ['running', 'ok', 'failed', 'cancelled', 'interrupted'];

const named = (name: string): Option => [name, name];

/** Fills a choice, unless it holds the same already: an open list would close. @param groups by their names; of '' stands before all */
function fill(select: HTMLSelectElement, value: string | null, groups: Readonly<Record<string, readonly Option[]>>): void {
  const text = JSON.stringify(groups);
  if (select.dataset['filled'] !== text) {
    select.dataset['filled'] = text;
    const made = Object.entries(groups).map(([label, list]) => {
      const options = list.map(([own, name]) => h('option', { value: own }, name));
      return label === '' || options.length === 0 ? options : [h('optgroup', { label }, options)];
    });
    select.replaceChildren(...made.flat());
  }
  select.value = value ?? '';
}

function figureName(sort: string): string {
  return sort.slice(sort.indexOf(' ') + 1);
}

/** `2026-11-27 14:23`, as this machine's clock shows it. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace('T', ' ');
}

/** Redraws, and gives the focus back to what took the place of what had it. */
function keepingFocus(draw: () => void): void {
  const key = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  draw();
  if (key !== undefined) document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}
