// The rows that a model got wrong, the surest first: pictures, or the values of their columns, with the class or value that is true.
import type { Mistake, RunEvent } from '../../../core/events.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Evidence, Shown } from '../data.ts';
import { pictureList } from '../parts/gallery.ts';
import { byStage, type Heading } from '../parts/groups.ts';
import { section, type Section } from '../parts/section.ts';
import { asGiven, fitting, table, type Column } from '../parts/table.ts';

type Table = Extract<RunEvent, { type: 'mistakes' }>;
type Item = Shown | Table;

export function mistakes({ mistakes: pictures, wrong = [] }: Evidence): Section | false {
  const items: readonly Item[] = [...pictures, ...wrong];
  const values = pictures.length === 0 && wrong.every((one) => one.wrong === undefined);
  return (
    items.length > 0 &&
    section(
      values ? 'Largest errors' : 'Most confident mistakes',
      html`${byStage(items, show)}`,
      values ? 'Rows whose value the model missed by most.' : 'Rows that the model got wrong and was not fitted on, the most confident first.',
    )
  );
}

function show(items: readonly Item[], _stage: string, heading: Heading): Markup {
  return html`${items.flatMap((item) => (isTable(item) ? [rowsOf(item, heading)] : []))}${apart(
    items.filter((item) => !isTable(item)) as readonly Shown[],
    (own) => pictureList(own),
    heading,
  )}`;
}

function isTable(item: Item): item is Table {
  return 'worst' in item;
}

/** A mistake; of a picture what it was taken for is in its caption. */
type OneOfTwo = Partial<Pick<Mistake, 'truth' | 'predicted'>> & { readonly mistake?: Mistake['mistake'] | undefined };

/** False positives and false negatives under a heading each; of more than two classes all together. */
function apart<T extends OneOfTwo>(all: readonly T[], show: (own: readonly T[], of: string) => Markup, heading: Heading): Markup {
  if (all.length === 0) return html``;
  if (all.every(({ mistake }) => mistake === undefined)) return show(all, '');
  const part = (title: string, kind: Mistake['mistake']): Markup => {
    const own = all.filter(({ mistake }) => mistake === kind);
    return html`${heading(title + takenFor(own))} ${own.length === 0 ? html`<p class="note">None.</p>` : show(own, `, ${title.toLowerCase()}`)}`;
  };
  return html`${part('False positives', 'false positive')}${part('False negatives', 'false negative')}`;
}

/** `: malignant taken for benign` */
function takenFor(own: readonly OneOfTwo[]): string {
  const said = new Set(own.map(({ truth, predicted }) => (truth === undefined ? '' : `: ${truth} taken for ${predicted}`)));
  const [first = ''] = said;
  return said.size === 1 ? first : '';
}

function rowsOf({ stage, wrong, rows, cols, columns, worst }: Table, heading: Heading): Markup {
  const ofValues = wrong === undefined;
  const fixed: readonly Column<Mistake>[] = [
    { name: 'row', of: ({ row }) => row },
    { name: ofValues ? 'true value' : 'true class', of: ({ truth }) => truth },
    { name: 'predicted', of: ({ predicted }) => predicted },
    ...(ofValues ? [{ name: 'residual', of: ({ truth, predicted }: Mistake) => Number(truth) - Number(predicted) }] : []),
    ...(worst.some(({ probability }) => probability !== undefined)
      ? [{ name: 'probability', of: ({ probability }: Mistake) => probability, text: (value: number) => value.toFixed(3) }]
      : []),
  ];
  const features = columns.map((name, j): Column<Mistake> => ({ name, of: ({ values }) => values[j], text: asGiven }));
  const shown = fitting(fixed, features, worst);
  return html`<p>
      ${ofValues ? `The ${worst.length} furthest off of ${number(rows)} rows.` : `${number(wrong)} of ${number(rows)} rows are wrong${wrong > worst.length ? `; the ${worst.length} surest are shown` : ''}.`}
      ${cols > shown.length && `Of ${number(cols)} columns the first ${shown.length} are shown${columns.length > shown.length ? `; the file has ${cols > columns.length ? columns.length : 'all'}` : ''}.`}
    </p>
    ${apart(worst, (own, of) => table({ label: `${ofValues ? 'Largest errors' : 'Mistakes'}, ${stage}${of}`, columns: [...fixed, ...shown], rows: own, file: { columns: [...fixed, ...features], rows: own } }), heading)}`;
}
