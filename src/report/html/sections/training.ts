// The losses of what was trained.
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Evidence } from '../data.ts';
import { section } from './section.ts';

/** Whose losses they are, where the name of the stage does not say it. */
function lossOf(stage: string, models: Evidence['histories'][number]['models']): string {
  if (models.length > 1) return `: ${models.length} models trained together`;
  return stage.endsWith(models[0]!.model) ? '' : `: ${models[0]!.model}`;
}

export function training(histories: Evidence['histories']): Markup | false {
  const charts = histories.map(
    ({ stage, models }, i) =>
      html`<figure>
        <figcaption>Loss of ${stage}${lossOf(stage, models)}</figcaption>
        <div class="chart" data-chart="history" data-index="${i}"></div>
        <details>
          <summary>As numbers</summary>
          <ul>
            ${models.slice(0, 100).map(({ model, loss }) => html`<li>${model}: ${number(loss.at(-1)!)} after ${loss.length - 1} iterations, from ${number(loss[0]!)}</li>`)}
          </ul>
        </details>
      </figure>`,
  );
  return charts.length > 0 && section('Training', html`${charts}`);
}
