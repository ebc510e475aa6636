// One run as it happens, or as it happened: its events, in order, change what is shown.
import type { ErrorSummary, JsonRecord, RunEvent } from '../core/events.ts';
import type { RunRecord } from '../core/runRecord.ts';
import { chartIn, historyOption, type Chart } from '../report/html/client/charts.ts';
import { iterationsText, searchOf } from '../report/search.ts';
import { outputLine, seconds } from '../report/terminal/format.ts';
import type { AskedRow } from './ask.ts';
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';
import { pictureElement } from './picture.ts';

interface Stage {
  readonly item: HTMLElement;
  readonly note: HTMLElement;
  /** What it was when it was over, to be that again once its values were brought back. */
  over?: { readonly state: string; readonly text: string };
}

/** The losses of a stage's models, in one chart. */
interface Losses {
  readonly curves: Map<string, number[]>;
  readonly chart: Chart;
}

/** A record, and what its model can be asked about. */
export type ShownRun = RunRecord & { readonly asks?: AskedRow['kind'] | undefined };

export async function live(id: string): Promise<View> {
  const { pipeline, asks } = await getJson<ShownRun>(`/runs/${id}`);
  const status = h('span', { class: 'status' }, 'running');
  const stageList = h('ol', { class: 'stages', 'aria-label': 'Stages' });
  const ask = h('a', { href: `#/ask/${id}` });
  const offer = (kind: ShownRun['asks']): void => {
    ask.hidden = kind === undefined;
    ask.textContent = kind === 'picture' ? 'draw a picture' : 'predict a row';
  };
  offer(asks);
  const figures = h('div', {});
  const log = h('ul', { 'aria-live': 'polite' });
  const pictures = h('div', { class: 'gallery' });
  const gallery = h('section', { hidden: true }, h('h2', {}, 'Pictures'), pictures);
  const stages = new Map<string, Stage>();
  const losses = new Map<string, Losses>();

  const stageOf = (path: string): Stage => {
    let stage = stages.get(path);
    if (!stage) {
      const note = h('small', {}, 'waiting');
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
  };
  /** Back to what it was: bringing values back is no run of its own. */
  const settle = (path: string): void => {
    const { over } = stageOf(path);
    if (over) mark(path, over.state, over.text);
  };
  const drawLosses = (stage: string, models: readonly { readonly model: string; readonly change: (loss: number[]) => number[] }[]): void => {
    let known = losses.get(stage);
    if (!known) {
      const element = h('div', { class: 'chart' });
      figures.append(h('figure', {}, h('figcaption', {}, `Loss of ${stage}`), element));
      known = { curves: new Map(), chart: chartIn(element) };
      losses.set(stage, known);
    }
    const { curves, chart } = known;
    for (const { model, change } of models) curves.set(model, change(curves.get(model) ?? []));
    chart.setOption(historyOption({ stage, models: [...curves].map(([model, loss]) => ({ model, loss })) }), { notMerge: true });
  };

  const show = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-started':
        return event.stages.forEach((path) => void stageOf(path));
      case 'stage-started':
        return mark(event.stage, 'running', 'running');
      case 'progress':
        return mark(event.stage, 'running', `${event.task} ${event.total === null ? '' : `${Math.round((100 * event.done) / event.total)} %`}`);
      case 'fit-progress':
        mark(event.stage, 'running', `iteration ${Math.max(...event.models.map(({ iteration }) => iteration))}`);
        return drawLosses(
          event.stage,
          event.models.map(({ model, iteration, loss }) => ({ model, change: (known) => Object.assign([...known], { [iteration]: loss }) })),
        );
      case 'history':
        return drawLosses(
          event.stage,
          event.models.map(({ model, loss }) => ({ model, change: () => [...loss] })),
        );
      case 'stage-restored':
        return settle(event.stage);
      case 'picture':
        gallery.hidden = false;
        return pictures.append(pictureElement(event.picture));
      case 'warning':
        return log.append(h('li', {}, `${event.stage}: ${event.message}`));
      case 'stage-finished':
        finish(event.stage, event.cached ? 'cached' : 'ran', event.cached ? 'cached' : seconds(event.ms));
        figures.append(...pointsOf(event.stage, event.output));
        return log.append(h('li', {}, h('strong', {}, event.stage), ` ${outputLine(event.output)}`));
      case 'run-finished':
        status.className = `status ${event.status}`;
        status.textContent = `${event.status} after ${seconds(event.ms)}`;
        stages.forEach((_, path) => settle(path));
        if (event.error) {
          if (event.error.stage !== undefined) mark(event.error.stage, 'failed', event.error.code);
          log.append(failure(event.error));
        }
        return;
      default:
    }
  };

  const source = new EventSource(`/runs/${id}/events`);
  source.addEventListener('message', ({ data }) => show(JSON.parse(data as string) as RunEvent));
  source.addEventListener('end', () => {
    source.close();
    if (status.textContent === 'running') status.textContent = 'interrupted';
    // What a run left is known once it is over.
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
      gallery,
      h('h2', {}, 'What happened'),
      log,
    ),
    leave: () => {
      source.close();
      losses.forEach(({ chart }) => chart.dispose());
    },
  };
}

/** The points of a grid search, best first; nothing for any other stage. */
function pointsOf(stage: string, output: JsonRecord): readonly HTMLElement[] {
  const search = searchOf({ path: stage, output });
  if (!search) return [];
  const score = (value: number | null): string => value?.toFixed(5) ?? '–';
  const rows = search.points.map((point) => [point.name, score(point.mean), `± ${score(point.spread)}`, iterationsText(point)]);
  return [h('figure', {}, h('figcaption', {}, `Points of ${stage}`), table(['point', `mean ${search.scoring}`, 'spread', 'iterations'], rows))];
}

/** What went wrong, where in the user's file, and what to try. */
function failure({ code, message, causes = [], at, hint }: ErrorSummary): HTMLElement {
  return h(
    'li',
    { class: 'failure' },
    h('strong', {}, code),
    ` ${[message, ...causes].join(' ')}`,
    at && h('p', { class: 'note' }, `${at.file}:${at.line}:${at.column}`),
    hint !== undefined && h('p', {}, `Try: ${hint}`),
  );
}
