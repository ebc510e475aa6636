// The data as they were fetched: the first rows, what each column holds, and how many rows each class has.
import type { CellValue, ColumnPreview, DataPreview } from '../../../core/events.ts';
import { dateText } from '../../../core/numbers.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Balance, Evidence } from '../data.ts';
import { pictureList } from '../parts/gallery.ts';
import { byStage, ofFirstStages, type Heading } from '../parts/groups.ts';
import { section, type Section } from '../parts/section.ts';
import { asGiven, fitting, table, type Cell, type Column } from '../parts/table.ts';

const TYPES = {
  u8: 'bytes',
  u16: 'whole numbers',
  f32: 'numbers',
  f64: 'numbers',
  names: 'names',
  dates: 'dates',
  classes: 'classes',
  label: 'label',
} as const;
/** Names of a column that are told in its row. */
const MOST_NAMES = 6;
/** In seconds. */
const DAY = 86_400;

export function fetched({ data = [], firstPictures = [], balances = [] }: Evidence): Section | false {
  const previews =
    data.length > 0 &&
    byStage(
      data,
      (own, stage, heading) => html`${own.map(({ data }) => previewOf(data, pictureList(firstPictures.filter((one) => one.stage === stage)), heading))}`,
    );
  return (data.length > 0 || balances.length > 0) && section('Data', html`${previews}${ofFirstStages(balances).map(balanceOf)}`);
}

/** Rows of each class in each part of a split, or of folds. */
function balanceOf({ stage, classes, names, count, parts }: Balance): Markup {
  interface Row {
    readonly name: string;
    readonly counts: readonly number[];
  }
  const title = `Classes by part, ${stage}`;
  return html`<h3>${title}</h3>
    ${table<Row>({
      label: title,
      rows: [
        ...names.map((name, i) => ({ name: String(name), counts: parts.map(({ counts }) => counts[i]!) })),
        { name: 'all', counts: parts.map(({ rows }) => rows) },
      ],
      totals: 1,
      columns: [
        { name: 'class', of: ({ name }) => name },
        ...parts.map(({ name, rows }, j) => ({
          name,
          of: ({ counts }: Row) => counts[j],
          text: (rowsOfClass: number) => `${number(rowsOfClass)} (${((100 * rowsOfClass) / Math.max(1, rows)).toFixed(1)} %)`,
        })),
      ],
    })}
    ${(names.length < classes || parts.length < count) && html`<p class="note">The first ${names.length} of ${number(classes)} classes, and ${parts.length} of ${number(count)} parts.</p>`}`;
}

function previewOf(data: DataPreview, pictures: Markup, heading: Heading): Markup {
  const { name, rows, cols, counted, columns, target, first } = data;
  const isPicture = first[0] !== undefined && first[0].length === target.length;
  const classes = target.find(({ type }) => type === 'classes');
  return html`<p>
      ${name}: ${number(rows)} rows, ${number(cols)} columns${!isPicture && cols > columns.length && `, of which the first ${columns.length} are shown`}.
    </p>
    ${classes && balance(name, classes, rows, heading)} ${isPicture ? pictures : html`${heading('First rows')}${firstRows(data)}`}
    ${heading(isPicture ? 'Pixels' : 'Columns')}
    ${table({
      label: `Columns of ${name}`,
      rows: [...columns, ...target.filter((one) => one !== classes)],
      columns: [
        { name: 'column', of: ({ name }: ColumnPreview) => name },
        { name: 'type', of: ({ type }) => TYPES[type] },
        { name: 'gaps', of: ({ gaps, infinite }) => (infinite === undefined ? gaps : `${gaps}, and ${infinite} infinite`) },
        { name: 'least', of: (column) => told(column, 'min'), text: asGiven },
        { name: 'mean', of: (column) => told(column, 'mean') },
        { name: 'most', of: (column) => told(column, 'max'), text: asGiven },
        ...([...columns, ...target].some((one) => one !== classes && one.counts) ? [{ name: 'values', of: valuesText }] : []),
        { name: 'spread', of: ({ spread, counts }) => histogram(spread?.counts ?? counts?.map(([, count]) => count) ?? []) },
      ],
    })}
    ${counted < rows && html`<p class="note">Columns are told of ${number(counted)} rows, evenly among all.</p>`}`;
}

function firstRows({ name, columns, target, first }: DataPreview): Markup {
  interface Row {
    readonly row: number;
    readonly cells: readonly CellValue[];
  }
  const rows = first.map((cells, row): Row => ({ row, cells }));
  const all = [...columns, ...target].map(({ name }, j): Column<Row> => ({ name, of: ({ cells }) => cells[j], text: asGiven }));
  const [features, targets] = [all.slice(0, columns.length), all.slice(columns.length)];
  const row: Column<Row> = { name: 'row', of: ({ row }) => row };
  const shown = fitting([row, ...targets], features, rows);
  const left = features.length - shown.length;
  return html`${table({ label: `First rows of ${name}`, rows, columns: [row, ...shown, ...targets], file: { rows, columns: [row, ...all] } })}
  ${left > 0 && html`<p class="note">The file has ${left} more ${left === 1 ? 'column' : 'columns'}.</p>`}`;
}

function told({ type, spread }: ColumnPreview, which: 'min' | 'mean' | 'max'): Cell {
  if (type !== 'dates' || !spread) return spread?.[which];
  // Between days there is a mean day.
  const days = [spread.min, spread.max].every((end) => end % DAY === 0);
  return dateText(days ? Math.round(spread[which] / DAY) * DAY : spread[which]);
}

/** `male 168, female 165` */
function valuesText({ counts, names = 0 }: ColumnPreview): string {
  if (!counts) return '';
  const shown = counts.slice(0, MOST_NAMES).map(([name, count]) => `${name} ${number(count)}`);
  return `${shown.join(', ')}${names > shown.length ? ` and ${number(names - shown.length)} more` : ''}`;
}

/** How many rows each class has, with a bar for its share. */
function balance(name: string, { counts = [], names = 0 }: ColumnPreview, rows: number, heading: Heading): Markup {
  const most = counts.reduce((largest, [, count]) => Math.max(largest, count), 1);
  return html`${heading('Classes')}
  ${table({
    label: `Classes of ${name}`,
    rows: counts,
    columns: [
      { name: 'class', of: ([name]) => String(name) },
      { name: 'rows', of: ([, count]) => count },
      { name: 'share', of: ([, count]) => count / rows, text: (share) => `${(100 * share).toFixed(1)} %` },
      { name: 'of the largest', of: ([, count]) => html`<div class="share" style="--share: ${(count / most).toFixed(3)}"></div>` },
    ],
  })}
  ${names > counts.length && html`<p class="note">The first ${counts.length} of ${number(names)} classes.</p>`}`;
}

/** Columns as wide as 16 bars, tall as the largest count. */
function histogram(counts: readonly number[]): Markup {
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const bars = counts.map((count, i) => {
    const height = (24 * count) / most;
    return html`<rect x="${i * 6}" y="${(24 - height).toFixed(1)}" width="5" height="${height.toFixed(1)}" />`;
  });
  return html`<svg
    class="histogram"
    viewBox="0 0 ${Math.max(1, counts.length) * 6} 24"
    width="${Math.max(1, counts.length) * 6}"
    height="24"
    role="img"
    aria-label="${counts.join(', ')} rows"
  >
    ${bars}
  </svg>`;
}
