// One run as it happens, or as it happened: its events, in order, change what is shown.
import type { RunEvent } from '../core/events.ts';
import type { RunRecord } from '../core/runRecord.ts';
import { chartIn, historyOption, type Chart } from '../report/html/client/charts.ts';
import { outputLine, seconds } from '../report/terminal/format.ts';
import { getJson, h } from './dom.ts';
import type { View } from './main.ts';
import { pictureElement } from './picture.ts';

interface Stage {
  readonly item: HTMLElement;
  readonly note: HTMLElement;
}

export async function live(id: string): Promise<View> {
  const { pipeline } = await getJson<RunRecord>(`/runs/${id}`);
  const status = h('span', { class: 'status' }, 'running');
  const stageList = h('ol', { class: 'stages', 'aria-label': 'Stages' });
  const losses = h('div', { class: 'chart' });
  const lossFigure = h('figure', { hidden: true }, h('figcaption', {}, 'Loss'), losses);
  const log = h('ul', { 'aria-live': 'polite' });
  const pictures = h('div', { class: 'gallery' });
  const stages = new Map<string, Stage>();
  const curves = new Map<string, number[]>();
  let chart: Chart | undefined;

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
  const drawLosses = (stage: string): void => {
    lossFigure.hidden = false;
    chart ??= chartIn(losses);
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
        for (const { model, iteration, loss } of event.models) {
          const known = curves.get(model) ?? [];
          known[iteration] = loss;
          curves.set(model, known);
        }
        mark(event.stage, 'running', `iteration ${Math.max(...event.models.map(({ iteration }) => iteration))}`);
        return drawLosses(event.stage);
      case 'history':
        curves.clear();
        for (const { model, loss } of event.models) curves.set(model, [...loss]);
        return drawLosses(event.stage);
      case 'picture':
        return pictures.append(pictureElement(event.picture));
      case 'warning':
        return log.append(h('li', {}, `${event.stage}: ${event.message}`));
      case 'stage-finished':
        mark(event.stage, event.cached ? 'cached' : 'ran', event.cached ? 'cached' : seconds(event.ms));
        return log.append(h('li', {}, h('strong', {}, event.stage), ` ${outputLine(event.output)}`));
      case 'run-finished':
        status.className = `status ${event.status}`;
        status.textContent = `${event.status} after ${seconds(event.ms)}`;
        if (event.error) {
          if (event.error.stage !== undefined) mark(event.error.stage, 'failed', event.error.code);
          log.append(
            h('li', {}, h('strong', {}, event.error.code), ` ${[event.error.message, ...(event.error.causes ?? []), event.error.hint ?? ''].join(' ')}`),
          );
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
  });
  return {
    element: h(
      'div',
      {},
      h('h1', {}, pipeline),
      h('p', {}, status, ` run ${id} `, h('a', { href: `/runs/${id}/report` }, 'report'), ' ', h('a', { href: `#/draw/${id}` }, 'draw a digit')),
      stageList,
      lossFigure,
      h('h2', {}, 'Pictures'),
      pictures,
      h('h2', {}, 'What happened'),
      log,
    ),
    leave: () => {
      source.close();
      chart?.dispose();
    },
  };
}
