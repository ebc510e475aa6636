// Asks the model of a run about a row: a drawing where its rows are pictures, a form of its columns else. Answers come from the server,
// by the saved model.
import type { Json } from '../core/events.ts';
import { drawing } from './draw.ts';
import { getJson, h } from './dom.ts';
import { columnForm } from './form.ts';
import type { View } from './main.ts';

/** What a row of a model is. */
export type AskedRow =
  | {
      readonly kind: 'picture';
      readonly width: number;
      readonly height: number;
      /** The number of full ink, or of full light. */
      readonly full: number;
      /** Set where numbers mean light; ink else. */
      readonly light: boolean;
    }
  | {
      readonly kind: 'table';
      readonly columns: readonly AskedColumn[];
      /** Whether columns may be left empty. */
      readonly gaps: boolean;
    };

export interface AskedColumn {
  readonly name: string;
  /** Of a column of names: those of the fit; none where it holds texts. */
  readonly names?: readonly string[] | undefined;
  /** Of a column of dates: numbers are seconds since 1970. */
  readonly dates?: true | undefined;
  /** Of numbers and dates: the least and the most of the data that the run read. */
  readonly range?: readonly [number, number] | undefined;
}

export interface Answer {
  readonly said: string;
  /** Empty where the model has no probabilities. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** Most classes that are told. */
const MOST_CLASSES = 10;

export async function asking(id: string): Promise<View> {
  const row = await getJson<AskedRow>(`/runs/${id}/model`);
  const said = h('p', { class: 'answer' });
  const classes = h('ul', { class: 'shares' });
  const answer = h('div', { 'aria-live': 'polite', class: 'answers' }, said, classes);
  /** Questions so far: the answer to an earlier one is of no use. */
  let asked = 0;
  const clear = (text: string): void => {
    asked++;
    said.textContent = text;
    classes.replaceChildren();
  };
  const ask = async (values: Json): Promise<void> => {
    const turn = ++asked;
    let found: Answer;
    try {
      found = await getJson<Answer>(`/runs/${id}/predict?row=${encodeURIComponent(JSON.stringify(values))}`);
    } catch (error) {
      if (turn === asked) clear(error instanceof Error ? error.message : String(error));
      return;
    }
    if (turn !== asked) return;
    said.textContent = found.said;
    const largest = found.classes.toSorted((a, b) => b.probability - a.probability).slice(0, MOST_CLASSES);
    const shown = found.classes.filter((one) => largest.includes(one));
    classes.replaceChildren(...shown.map(({ name, probability }) => shareItem(name, probability)));
  };
  const [title, part] = row.kind === 'picture' ? ['Draw a picture', drawing(row, ask, clear)] : ['Predict a row', columnForm(row, ask, clear)];
  return {
    element: h(
      'div',
      {},
      h('h1', {}, title),
      h('p', { class: 'note' }, `Answered by the model of run ${id}. `, h('a', { href: `#/run/${id}` }, 'Back to the run')),
      h('div', { class: 'ask' }, part, answer),
    ),
  };
}

function shareItem(name: string, probability: number): HTMLElement {
  const bar = h('span', { class: 'share' });
  bar.style.setProperty('--share', probability.toFixed(3));
  return h('li', {}, h('span', {}, `${name}: ${probability.toFixed(3)}`), bar);
}
