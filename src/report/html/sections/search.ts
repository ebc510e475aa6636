// The search of a report: its points as a table, best first, beside a chart of score by parameter.
import type { Json } from '../../../core/events.ts';
import { drawnCurve, iterationsText, searchCurve, type ScoreCurve, type SearchTable } from '../../search.ts';
import { number } from '../../terminal/format.ts';
import { html, type Markup } from '../../markup.ts';
import { section } from './section.ts';

/** Points of a table before it folds away. */
const MOST_POINTS = 200;

/** @param index of its chart; undefined for a grid over anything but one number */
function searchFigure({ stage, scoring, points, tied }: SearchTable, index: number | undefined): Markup {
  return html`<figure>
    <figcaption>
      ${stage}: best ${points[0]!.name}, mean ${scoring} ${score(points[0]!.mean)}${tied > 1 && `; ${tied} points share it, the first of them is taken`}
    </figcaption>
    ${index !== undefined && html`<div class="chart" data-chart="search" data-index="${index}"></div>`}
    <div class="scroll" tabindex="0" role="region" aria-label="Points of ${stage}">
      <table>
        <thead>
          <tr>
            <th scope="col">point</th>
            <th scope="col" class="number">mean ${scoring}</th>
            <th scope="col" class="number">spread</th>
            <th scope="col">folds</th>
            <th scope="col" class="number">iterations</th>
          </tr>
        </thead>
        <tbody>
          ${points.slice(0, MOST_POINTS).map(
            (point) =>
              html`<tr>
                <th scope="row">${point.name}</th>
                <td class="number">${score(point.mean)}</td>
                <td class="number">± ${score(point.spread)}</td>
                <td class="number">${point.foldScores.map((one) => (one === null ? '-' : one.toFixed(4))).join(' ')}</td>
                <td class="number">${iterationsText(point)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${points.length > MOST_POINTS && html`<p class="note">${number(points.length - MOST_POINTS)} more</p>`}
  </figure>`;
}

/** @param index of its chart; undefined for values that are no numbers */
function curveTable({ stage, scoring, param, points }: ScoreCurve, index: number | undefined): Markup {
  return html`<figure>
    <figcaption>${stage}: ${scoring} by ${param}</figcaption>
    ${index !== undefined && html`<div class="chart" data-chart="search" data-index="${index}"></div>`}
    <div class="scroll" tabindex="0" role="region" aria-label="Points of ${stage}">
      <table>
        <thead>
          <tr>
            <th scope="col">${param}</th>
            <th scope="col" class="number">training rows</th>
            <th scope="col" class="number">rows held out</th>
            <th scope="col">folds</th>
          </tr>
        </thead>
        <tbody>
          ${points.map(
            (point) =>
              html`<tr>
                <th scope="row">${valueText(point.value)}</th>
                <td class="number">${score(point.trainMean ?? null)}</td>
                <td class="number">${score(point.mean)}</td>
                <td class="number">${point.foldScores.map((one) => (one === null ? '-' : one.toFixed(4))).join(' ')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`;
}

function valueText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function score(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(5);
}

export function searchTables(searches: readonly SearchTable[]): Markup | false {
  let drawn = 0;
  const figures = searches.map((search) => searchFigure(search, searchCurve(search) ? drawn++ : undefined));
  return (
    figures.length > 0 &&
    section('Search', html`${figures}`, 'Spread: the standard deviation of the folds. These folds cannot tell points apart that differ by less.')
  );
}

/** @param charts how many charts there are of searches and curves: those of curves are the last */
export function scoreCurves(curves: readonly ScoreCurve[], charts: number): Markup | false {
  let drawn = charts - curves.filter((curve) => drawnCurve(curve)).length;
  const figures = curves.map((curve) => curveTable(curve, drawnCurve(curve) ? drawn++ : undefined));
  return figures.length > 0 && section('Curves', html`${figures}`, 'Scores far apart: the models learn their rows by heart. Both low: they are too simple.');
}
