// Which classes were taken for which: as counts, and as shares of the rows of each true class.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { heatMap } from '../../charts/heatMap.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import { namesOf } from '../data.ts';
import { figures, section } from '../parts/section.ts';

/** More classes than this are drawn no more: cells would be smaller than a letter is wide. */
const MOST_DRAWN = 50;

type Counts = readonly (readonly number[])[];

export function confusions(stages: readonly RecordedStage[]): Markup | false {
  const found = stages.flatMap(({ path, output = {} }) => {
    const { confusion } = output;
    return Array.isArray(confusion) && confusion.length > 0 ? [confusionOf(path, confusion as unknown as Counts, namesOf(output, confusion.length))] : [];
  });
  return found.length > 0 && section('Confusion matrix', html`${found}`);
}

function confusionOf(path: string, counts: Counts, names: readonly string[]): Markup {
  const shares = counts.map((row) => {
    const rows = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (rows === 0 ? 0 : count / rows));
  });
  const axes = { rows: { name: 'true class', names }, columns: { name: 'predicted class', names } };
  const right = shares.map((row, i) => `${names[i]} ${percent(row[i]!)}`).join(', ');
  return html`${
    counts.length <= MOST_DRAWN &&
    figures([
      html`<figure>
        <figcaption>${path}: rows of each true class by what they were taken for</figcaption>
        ${heatMap({ title: `Confusion of ${path} in rows`, ...axes, values: counts, shades: shares })}
      </figure>`,
      html`<figure>
        <figcaption>The same in percent of the true class</figcaption>
        ${heatMap({ title: `Confusion of ${path} in percent of the true class; right: ${right}`, ...axes, values: shares, shades: shares, text: percent })}
      </figure>`,
    ])
  }
  ${counts.length > 2 && confusionTable(path, counts, names)}`;
}

function percent(share: number): string {
  return share === 0 ? '0' : String(Number((100 * share).toPrecision(3)));
}

function confusionTable(path: string, counts: Counts, names: readonly string[]): Markup {
  return html`<details>
    <summary>As numbers</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion of ${path}">
      <table>
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
                ${row.map((count) => html`<td class="number">${number(count)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
