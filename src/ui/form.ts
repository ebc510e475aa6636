// The columns of a model as a form: numbers and dates, with the range that they had in the data, and names to choose from.
import { dateText } from '../core/numbers.ts';
import type { Json } from '../core/events.ts';
import { asGiven } from '../report/html/parts/table.ts';
import type { AskedColumn, AskedRow } from './ask.ts';
import { h } from './dom.ts';

/** @param ask told what a row holds, null for a gap @param clear told what stands in place of an answer */
export function columnForm(
  { columns, gaps }: Extract<AskedRow, { kind: 'table' }>,
  ask: (values: Json) => Promise<void>,
  clear: (text: string) => void,
): HTMLElement {
  const fields = columns.map((column, i) => fieldOf(column, gaps, `range-${i}`));
  const submit = (event: Event): void => {
    event.preventDefault();
    void ask(fields.map((field, i) => valueOf(field.value, columns[i]!)));
  };
  const reset = (): void => clear('');
  return h(
    'form',
    { class: 'columns', submit, reset, input: reset },
    gaps && h('p', { class: 'note' }, 'Columns may be left empty: the model takes gaps.'),
    columns.map(({ name, dates, range }, i) =>
      h('div', {}, h('label', {}, name, fields[i]), range && h('small', { id: `range-${i}` }, range.map((end) => rangeText(end, dates)).join(' to '))),
    ),
    h('p', {}, h('button', { type: 'submit' }, 'Predict'), ' ', h('button', { type: 'reset' }, 'Clear')),
  );
}

/** @param hint id of what says the range */
function fieldOf(column: AskedColumn, gaps: boolean, hint: string): HTMLInputElement | HTMLSelectElement {
  const { names, dates, range } = column;
  const described = range && { 'aria-describedby': hint };
  if (dates) return h('input', { type: hasDays(column) ? 'date' : 'datetime-local', step: hasDays(column) ? 1 : 'any', required: !gaps, ...described });
  if (!names) return h('input', { type: 'number', step: 'any', required: !gaps, ...described });
  if (names.length === 0) return h('input', { type: 'text', required: !gaps });
  return h(
    'select',
    {},
    gaps && h('option', { value: '' }, ''),
    names.map((name) => h('option', { value: name }, name)),
  );
}

const DAY = 86_400;

/** Whether dates have no time of day, as far as the ends of their range tell. */
function hasDays({ range = [0, 0] }: AskedColumn): boolean {
  return range.every((end) => end % DAY === 0);
}

function rangeText(value: number, dates: AskedColumn['dates']): string {
  return dates ? dateText(value) : asGiven(value);
}

function valueOf(text: string, column: AskedColumn): Json {
  if (text === '') return null;
  // The data's moments are of no time zone but UTC.
  if (column.dates) return Date.parse(hasDays(column) ? text : `${text}Z`) / 1000;
  return column.names ? text : Number(text);
}
