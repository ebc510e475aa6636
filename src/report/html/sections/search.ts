// The search of a report: a chart of score by parameter, and its points as a table, best first.
import type { Json } from '../../../core/events.ts';
import { lines, type Line, type Point } from '../../charts/lines.ts';
import { meanAndSpread } from '../../charts/spread.ts';
import { drawnCurve, iterationsText, searchCurve, type ScoreCurve, type SearchCurve, type SearchTable } from '../../search.ts';
import { number } from '../../terminal/format.ts';
import { html, type Markup } from '../../markup.ts';
import { section } from '../parts/section.ts';

/** Points that are seen at once, and those that unfold behind them. */
const BEST = 10;
const MOST_POINTS = 200;

function searchFigure(search: SearchTable): Markup {
  const { stage, scoring, points, tied } = search;
  const curve = searchCurve(search);
  return html`<figure>
    <figcaption>
      ${stage}: best ${points[0]!.name}, mean ${scoring} ${score(points[0]!.mean)}${tied > 1 && `; ${tied} points share it, the first of them is taken`}
    </figcaption>
    ${curve && curveChart(curve)} ${pointTable(`Points of ${stage}`, scoring, points.slice(0, BEST))}
    ${
      points.length > BEST &&
      html`<details>
        <summary>${points.length - BEST === 1 ? 'One more point' : `${number(points.length - BEST)} more points`}</summary>
        ${pointTable(`Further points of ${stage}`, scoring, points.slice(BEST, MOST_POINTS))}
        ${points.length > MOST_POINTS && html`<p class="note">The last ${number(points.length - MOST_POINTS)} are left out.</p>`}
      </details>`
    }
  </figure>`;
}

function pointTable(label: string, scoring: string, points: SearchTable['points']): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
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
        ${points.map(
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
  </div>`;
}

function curveTable(curve: ScoreCurve): Markup {
  const { stage, scoring, param, points } = curve;
  const drawn = drawnCurve(curve);
  return html`<figure>
    <figcaption>${stage}: ${scoring} by ${param}</figcaption>
    ${drawn && curveChart(drawn)}
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
  return (
    searches.length > 0 &&
    section(
      'Search',
      html`${searches.map(searchFigure)}`,
      'Spread: the standard deviation over the folds. Points that differ by less cannot be told apart by these folds.',
    )
  );
}

export function scoreCurves(curves: readonly ScoreCurve[]): Markup | false {
  return (
    curves.length > 0 &&
    section('Curves', html`${curves.map(curveTable)}`, 'Scores far apart: the models learn their rows by heart. Both low: they are too simple.')
  );
}

/** Ends of a grid that lie further apart than this are drawn by their logarithms. */
const LOG_SPAN = 30;

/** The mean of each point with the spread of its folds, the scores of the folds as dots around it, and which is best. */
function curveChart({ stage, scoring, param, points }: SearchCurve): Markup {
  const [low, high] = [points[0]!.value, points.at(-1)!.value];
  const best = Math.max(...points.map(({ mean }) => mean ?? -Infinity));
  const winners = points.filter(({ mean }) => mean === best);
  const scored = points.map(({ value, foldScores }) => ({ value, ...meanAndSpread(foldScores) }));
  const trained = points.some(({ trainMean }) => trainMean !== undefined);
  const series: readonly Line[] = [
    {
      name: trained ? 'rows held out' : 'mean of folds',
      points: points.map(({ value, mean }): Point => [value, mean]),
      band: scored.flatMap(({ value, mean, spread }) => (Number.isNaN(spread) ? [] : [[value, mean - spread, mean + spread] as const])),
    },
    trained
      ? { name: 'training rows', points: points.map(({ value, trainMean }): Point => [value, trainMean ?? null]) }
      : { name: 'one fold', look: 'dots', points: points.flatMap(({ value, foldScores }) => foldScores.map((score): Point => [value, score])) },
    ...(winners.length > 0 && !trained
      ? [
          {
            name: winners.length > 1 ? `best, ${winners.length} tied` : 'best',
            look: 'ring' as const,
            points: winners.map(({ value, mean }): Point => [value, mean]),
          },
        ]
      : []),
  ];
  return lines({
    title: `${scoring} of ${stage} by ${param}: ${points.map(({ value, mean }) => `${value} ${mean?.toFixed(4) ?? 'not defined'}`).join(', ')}`,
    x: { name: param, scale: low > 0 && high / low >= LOG_SPAN ? 'log' : 'linear' },
    y: { name: scoring },
    series,
  });
}
