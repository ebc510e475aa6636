// A comparison as HTML: results and parameters that differ come first, times last.
import type { Json } from '../../core/events.ts';
import { html, type Markup } from '../markup.ts';
import { number, printable, seconds } from '../terminal/format.ts';
import type { ComparedRow, Comparison } from './compare.ts';

/** Names of the runs in a comparison, in their order. */
export const LETTERS = ['A', 'B', 'C', 'D', 'E'] as const;

/** @param curves charts of all the runs, where there are some */
export function comparisonHtml({ runs, results, params, others, times }: Comparison, curves: Markup | false): Markup {
  const head = html`<thead>
    <tr>
      <th scope="col">name</th>
      ${runs.map((_, i) => html`<th scope="col" class="number">${LETTERS[i]}</th>`)}
    </tr>
  </thead>`;
  const table = (label: string, rows: readonly ComparedRow[], text: Text, delta: boolean): Markup =>
    html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table class="compared stacked">
        ${head}
        <tbody>
          ${rows.map((row) => rowHtml(row, text, delta))}
        </tbody>
      </table>
    </div>`;
  const part = (title: string, rows: readonly ComparedRow[], text: Text, delta: boolean): Markup | false => {
    if (rows.length === 0) return false;
    const [differing, partial, equal] = (['differs', 'partial', 'equal'] as const).map((state) => rows.filter((row) => row.state === state));
    const folded = (found: readonly ComparedRow[], what: string): Markup | false =>
      found.length > 0 &&
      html`<details>
        <summary>${number(found.length)} ${what}</summary>
        ${table(`${title}, ${what}`, found, text, false)}
      </details>`;
    return html`<section>
      <h2>${title}</h2>
      ${differing!.length > 0 ? table(`${title} that differ`, differing!, text, delta) : html`<p>None differ.</p>`}
      ${folded(partial!, 'in some of the runs only')} ${folded(equal!, 'equal in all runs')}
    </section>`;
  };
  return html`<h1>${number(runs.length)} runs compared</h1>
    <ul class="legend">
      ${runs.map(
        ({ id, pipeline, status, error }, i) =>
          html`<li>
            <strong class="letter letter-${i}">${LETTERS[i]}</strong> <a href="#/run/${id}">${id}</a> ${pipeline}
            <span class="status ${status}">${status}</span>
            ${error && html`<small>${error.code}${error.stage !== undefined && ` in ${error.stage}`}</small>`}
          </li>`,
      )}
    </ul>
    ${part('Results', results, resultText, true)} ${part('Parameters', params, paramText, false)} ${curves}
    ${part('Other differences', others, paramText, false)} ${part('Times', times, (value) => seconds(value as number), false)}`;
}

/** @param digits as many as tell the values of a row apart, if they matter */
type Text = (value: Json, digits: number) => string;

function rowHtml({ name, values }: ComparedRow, text: Text, delta: boolean): Markup {
  const [first] = values;
  const different = new Set(values).size;
  const digits = [FEWEST_DIGITS, 9, 12, 17].find(
    (count) => new Set(values.map((value) => (value === undefined ? value : paramText(value, count)))).size === different,
  );
  return html`<tr>
    <th scope="row">${printable(name)}</th>
    ${values.map((value, i) => {
      const change = delta && i > 0 && typeof value === 'number' && typeof first === 'number' ? deltaText(value - first) : '';
      const kind = typeof value === 'number' ? 'number' : 'value';
      const shown = value !== undefined && html`${text(value, digits ?? FEWEST_DIGITS)}${change !== '' && html` <small>${change}</small>`}`;
      // A cell with nothing in it, not even a blank, is left out on a phone.
      return html`<td class="${kind}" data-label="${LETTERS[i]}">${shown}</td>`;
    })}
  </tr>`;
}

/** Four digits; what differs in later ones is told by its difference. */
function resultText(value: Json): string {
  if (Array.isArray(value)) {
    const items = value.map(resultText);
    // `70 000 784` would be two numbers or three.
    return items.join(items.some((item) => /\s/.test(item)) ? ', ' : ' ');
  }
  return typeof value === 'number' ? number(value) : paramText(value, FEWEST_DIGITS);
}

/** Against the first run; nothing where there is none. */
function deltaText(delta: number): string {
  if (delta === 0 || Number.isNaN(delta)) return '';
  return `${delta > 0 ? '+' : '−'}${number(Math.abs(delta))}`;
}

/** Digits of a parameter: those of a spaced row of numbers are 17, of which none more was meant. */
const FEWEST_DIGITS = 6;

function paramText(value: Json, digits: number): string {
  if (value === null) return '–';
  if (typeof value === 'number') return String(Number(value.toPrecision(digits)));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return printable(text.replaceAll(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 8)));
}
