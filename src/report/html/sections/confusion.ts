// Which classes were taken for which.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { html, Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import { namesOf, type Evidence } from '../data.ts';
import { section } from './section.ts';

export function confusions(stages: readonly RecordedStage[], { curves }: Evidence): Markup | false {
  const tables = stages.flatMap(({ path, output = {} }) => {
    const { confusion } = output;
    if (!Array.isArray(confusion)) return [];
    return [
      confusionTable(
        path,
        confusion as number[][],
        namesOf(output, confusion.length),
        curves.findIndex(({ stage }) => stage === path),
      ),
    ];
  });
  return tables.length > 0 && section('Confusion matrix', html`${tables}`);
}

/** @param curve the curve whose threshold moves the counts; -1 for none */
function confusionTable(path: string, counts: readonly (readonly number[])[], names: readonly string[], curve: number): Markup {
  const most = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const cell = (count: number, i: number, j: number): Markup =>
    html`<td class="number cell" style="--share: ${most[i] ? (count / most[i]).toFixed(3) : 0}" data-cell="${i}${j}">${number(count)}</td>`;
  return html`<figure>
    <figcaption>${path}: rows are true classes, columns are predicted ones</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="confusion" ${curve >= 0 && new Markup(`data-curve="${curve}"`)}>
        <thead>
          <tr>
            <th scope="col">true</th>
            ${counts.map((_, j) => html`<th scope="col" class="number">${names[j]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${counts.map(
            (row, i) =>
              html`<tr>
                <th scope="row">${names[i]}</th>
                ${row.map((count, j) => cell(count, i, j))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`;
}
