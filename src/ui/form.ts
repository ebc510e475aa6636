// The columns of a model as a form: numbers, and names to choose from.
import type { Json } from '../core/events.ts';
import type { AskedColumn, AskedRow } from './ask.ts';
import { h } from './dom.ts';

/** @param ask told what a row holds, null for a gap @param clear told what stands in place of an answer */
export function columnForm(
  { columns, gaps }: Extract<AskedRow, { kind: 'table' }>,
  ask: (values: Json) => Promise<void>,
  clear: (text: string) => void,
): HTMLElement {
  const fields = columns.map((column) => fieldOf(column, gaps));
  const submit = (event: Event): void => {
    event.preventDefault();
    void ask(fields.map((field, i) => valueOf(field.value, columns[i]!)));
  };
  const reset = (): void => clear('');
  return h(
    'form',
    { class: 'columns', submit, reset, input: reset },
    gaps && h('p', { class: 'note' }, 'Columns may be left empty: the model takes gaps.'),
    columns.map(({ name }, i) => h('label', {}, name, fields[i])),
    h('p', {}, h('button', { type: 'submit' }, 'Predict'), ' ', h('button', { type: 'reset' }, 'Clear')),
  );
}

function fieldOf({ names }: AskedColumn, gaps: boolean): HTMLInputElement | HTMLSelectElement {
  if (!names) return h('input', { type: 'number', step: 'any', required: !gaps });
  if (names.length === 0) return h('input', { type: 'text', required: !gaps });
  return h(
    'select',
    {},
    gaps && h('option', { value: '' }, ''),
    names.map((name) => h('option', { value: name }, name)),
  );
}

function valueOf(text: string, { names }: AskedColumn): Json {
  if (text === '') return null;
  return names ? text : Number(text);
}
