// How a two-class model does at every threshold: charts and a slider that a script fills, and the same as numbers.
import { number } from '../../terminal/format.ts';
import type { Curve, Evidence } from '../data.ts';
import { html, type Markup } from '../../markup.ts';
import { section } from './section.ts';

export function curves({ curves: found }: Evidence): Markup | false {
  return found.length > 0 && section('ROC and precision/recall', html`${found.map(curveFigure)}`);
}

function curveFigure({ stage, positives, negatives, points }: Curve, i: number): Markup {
  return html`<div class="curves" data-curves="${i}">
    <p class="control">
      <label for="threshold-${i}">Threshold of the decision value on ${stage} (${number(positives)} positives, ${number(negatives)} negatives)</label>
      <input type="range" id="threshold-${i}" min="0" max="1000" value="500" />
      <output for="threshold-${i}" aria-live="polite"></output>
    </p>
    <div class="pair">
      <figure>
        <figcaption>ROC</figcaption>
        <div class="chart square" data-chart="roc" data-index="${i}"></div>
      </figure>
      <figure>
        <figcaption>Precision and recall</figcaption>
        <div class="chart square" data-chart="precision-recall" data-index="${i}"></div>
      </figure>
    </div>
    ${thresholdTable({ stage, positives, negatives, points })}
  </div>`;
}

/** Rows of the table of thresholds. */
const THRESHOLDS = 11;

/** The curves as numbers, at thresholds spread evenly over the positives found. */
function thresholdTable({ stage, positives, negatives, points }: Curve): Markup {
  const wanted = Array.from({ length: THRESHOLDS }, (_, i) => (positives * i) / (THRESHOLDS - 1));
  const picked = [...new Set(wanted.map((count) => points.findIndex(({ truePositives }) => truePositives >= count)))].filter((at) => at >= 0);
  return html`<details>
    <summary>As numbers</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">decision on ${stage} at least</th>
          <th scope="col" class="number">precision</th>
          <th scope="col" class="number">recall</th>
          <th scope="col" class="number">false positive rate</th>
        </tr>
      </thead>
      <tbody>
        ${picked.map((at) => {
          const { threshold, truePositives, falsePositives } = points[at]!;
          return html`<tr>
            <th scope="row">${threshold.toFixed(3)}</th>
            <td class="number">${(truePositives / (truePositives + falsePositives)).toFixed(4)}</td>
            <td class="number">${(truePositives / positives).toFixed(4)}</td>
            <td class="number">${(falsePositives / negatives).toFixed(4)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </details>`;
}
