// One run as it happens, or as it happened: its events, in order, change how its stages stand; what they brought is drawn by the server,
// as in a report.
import type { RunEvent } from '../core/events.ts';
import type { RunRecord } from '../core/runRecord.ts';
import { offerFiles } from '../report/html/client/files.ts';
import { seconds, workParts } from '../report/terminal/format.ts';
import type { AskedRow } from './ask.ts';
import { getHtml, getJson, h } from './dom.ts';
import { lossesOf, type Losses } from './losses.ts';
import type { View } from './main.ts';

interface Stage {
  readonly item: HTMLElement;
  readonly note: HTMLElement;
  /** What it was when it was over, to be that again once its values were brought back. */
  over?: { readonly state: string; readonly text: string };
  /** How far its work has come. */
  work?: string;
}

/** A record, and what its model can be asked about. */
export type ShownRun = Pick<RunRecord, 'pipeline' | 'status'> & { readonly asks?: AskedRow['kind'] | undefined };

/** What a stage says before it begins. */
const WAITING = 'waiting';
/** How long results gather before they are drawn: stages may end one right after the other. */
const GATHER_MS = 300;

export async function live(id: string): Promise<View> {
  const { pipeline, asks } = await getJson<ShownRun>(`/runs/${id}`);
  const status = h('span', { class: 'status', role: 'status' }, 'running');
  const stageList = h('ol', { class: 'stages', 'aria-label': 'Stages' });
  const ask = h('a', { href: `#/ask/${id}` });
  const offer = (kind: ShownRun['asks']): void => {
    ask.hidden = kind === undefined;
    ask.textContent = kind === 'picture' ? 'draw a picture' : 'predict a row';
  };
  offer(asks);
  const figures = h('div', {});
  const warnings = h('ul', {});
  const warned = h('section', { hidden: true }, h('h2', {}, 'Warnings'), warnings);
  const sections = h('div', { class: 'sections', click: goWithin });
  const stages = new Map<string, Stage>();
  const losses = new Map<string, Losses>();

  const stageOf = (path: string): Stage => {
    let stage = stages.get(path);
    if (!stage) {
      const note = h('small', {}, WAITING);
      stage = { item: h('li', {}, path, note), note };
      stages.set(path, stage);
      stageList.append(stage.item);
    }
    return stage;
  };
  const mark = (path: string, state: string, text: string): void => {
    const { item, note } = stageOf(path);
    item.className = state;
    note.textContent = text;
  };
  const finish = (path: string, state: string, text: string): void => {
    stageOf(path).over = { state, text };
    mark(path, state, text);
    losses.get(path)?.element.remove();
    losses.delete(path);
  };
  /** Back to what it was: bringing values back is no run of its own. */
  const settle = (path: string): void => {
    const { over } = stageOf(path);
    if (over) mark(path, over.state, over.text);
  };
  const lossesIn = (stage: string): Losses => {
    let known = losses.get(stage);
    if (!known) {
      known = lossesOf(stage);
      losses.set(stage, known);
      figures.append(known.element);
    }
    return known;
  };

  let gathering: ReturnType<typeof setTimeout> | undefined;
  /** Sections asked for so far: an answer behind a later one is of no use. */
  let asked = 0;
  const gather = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      const turn = ++asked;
      void getHtml(`/runs/${id}/report`).then(
        (parts) => turn === asked && replaceSections(sections, parts),
        (error: unknown) => sections.replaceChildren(h('p', { class: 'failure' }, error instanceof Error ? error.message : String(error))),
      );
    }, GATHER_MS);
  };

  const show = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-started':
        return event.stages.forEach((path) => void stageOf(path));
      case 'stage-started':
        return mark(event.stage, 'running', 'running');
      case 'progress':
        if (event.task === 'work') return mark(event.stage, 'running', (stageOf(event.stage).work = workParts(event).join(', ')));
        return mark(event.stage, 'running', `${event.task} ${event.total === null ? '' : `${Math.round((100 * event.done) / event.total)} %`}`);
      case 'fit-progress': {
        const { work } = stageOf(event.stage);
        mark(event.stage, 'running', `${work === undefined ? '' : `${work}, `}iteration ${Math.max(...event.models.map(({ iteration }) => iteration))}`);
        const known = lossesIn(event.stage);
        for (const { model, iteration, loss } of event.models) known.add(model, iteration, loss);
        return known.draw();
      }
      case 'stage-restored':
        return settle(event.stage);
      case 'warning':
        warned.hidden = false;
        return warnings.append(h('li', {}, `${event.stage}: ${event.message}`));
      case 'stage-finished':
        finish(event.stage, event.cached ? 'cached' : 'ran', event.cached ? 'cached' : seconds(event.ms));
        return gather();
      case 'run-finished':
        status.className = `status ${event.status}`;
        status.textContent = `${event.status} after ${seconds(event.ms)}`;
        stages.forEach(({ note }, path) => (note.textContent === WAITING ? mark(path, '', 'did not run') : settle(path)));
        if (event.error?.stage !== undefined) mark(event.error.stage, 'failed', event.error.code);
        return;
      default:
    }
  };

  const source = new EventSource(`/runs/${id}/events`);
  source.addEventListener('message', ({ data }) => show(JSON.parse(data as string) as RunEvent));
  source.addEventListener('end', () => {
    source.close();
    if (status.textContent === 'running') status.textContent = 'interrupted';
    // What a run left is known once it is over: its record is written last.
    gather();
    if (ask.hidden)
      void getJson<ShownRun>(`/runs/${id}`).then(
        (run) => offer(run.asks),
        () => {},
      );
  });
  return {
    element: h(
      'div',
      {},
      h('h1', {}, pipeline),
      h('p', {}, status, ` run ${id} `, h('a', { href: `/runs/${id}/report` }, 'report'), ' ', ask),
      stageList,
      figures,
      warned,
      sections,
    ),
    leave: () => {
      source.close();
      clearTimeout(gathering);
    },
  };
}

/** Shows what the report says, but its heading: this page has one. What the user opened stays open. */
function replaceSections(element: HTMLElement, report: DocumentFragment): void {
  const open = [...element.querySelectorAll('details')].map((details) => details.open && details.textContent);
  const main = report.querySelector('main')!;
  main.querySelector('header')?.remove();
  element.replaceChildren(...main.childNodes);
  offerFiles(element);
  for (const details of element.querySelectorAll('details')) details.open = open.includes(details.textContent);
}

/** The address says which view is shown, so a link to a place within it only goes there. */
function goWithin(event: Event): void {
  const link = (event.target as Element).closest('a')?.getAttribute('href');
  if (!link?.startsWith('#') || link.startsWith('#/')) return;
  event.preventDefault();
  document.getElementById(link.slice(1))?.scrollIntoView();
}
