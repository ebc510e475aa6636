// Which classes were taken for which: as counts, and as shares of the rows of each true class.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { heatMap } from '../../charts/heatMap.ts';
import { html, type Markup } from '../../markup.ts';
import { namesOf } from '../data.ts';
import { figures, section } from '../parts/section.ts';
import { table, type Column } from '../parts/table.ts';

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
  ${confusionTable(path, counts, names)}`;
}

function percent(share: number): string {
  return share === 0 ? '0' : String(Number((100 * share).toPrecision(3)));
}

interface Row {
  readonly name: string;
  readonly row: readonly number[];
}

function confusionTable(path: string, counts: Counts, names: readonly string[]): Markup {
  return html`<details>
    <summary>As numbers</summary>
    ${table({
      label: `Confusion of ${path}`,
      rows: counts.map((row, i) => ({ name: names[i]!, row })),
      columns: [{ name: 'true', of: ({ name }) => name }, ...names.map((name, j): Column<Row> => ({ name, of: ({ row }) => row[j] }))],
    })}
  </details>`;
}
