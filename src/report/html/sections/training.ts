// The losses of what was trained.
import { lines } from '../../charts/lines.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Evidence, History } from '../data.ts';
import { figures, section, type Section } from '../parts/section.ts';

/** More lines than this say nothing apart: the first are drawn. */
const MOST_LINES = 12;

/** Whose losses they are, where the name of the stage does not say it. */
function lossOf(stage: string, models: History['models']): string {
  if (models.length > 1) return `: ${models.length > MOST_LINES ? `the first ${MOST_LINES} of ` : ''}${models.length} models trained together`;
  return stage.endsWith(models[0]!.model) ? '' : `: ${models[0]!.model}`;
}

export function training(histories: Evidence['histories']): Section | false {
  return histories.length > 0 && section('Training', figures(histories.map(lossFigure)));
}

function lossFigure({ stage, models }: History): Markup {
  const drawn = models.slice(0, MOST_LINES);
  return html`<figure>
    <figcaption>Loss of ${stage}${lossOf(stage, models)}</figcaption>
    ${lines({
      title: `Loss of ${stage} by iteration, ${drawn.map(({ model, loss }) => `${model}: from ${number(loss[0]!)} to ${number(loss.at(-1)!)}`).join('; ')}`,
      x: { name: 'iteration', whole: true },
      y: { name: 'loss' },
      series: drawn.map(({ model, loss }) => ({ name: model, points: loss.map((value, i) => [i, Number.isFinite(value) ? value : null] as const) })),
    })}
    <details>
      <summary>As numbers</summary>
      <ul>
        ${models.slice(0, 100).map(({ model, loss }) => html`<li>${model}: ${number(loss.at(-1)!)} after ${loss.length - 1} iterations, from ${number(loss[0]!)}</li>`)}
      </ul>
    </details>
  </figure>`;
}
