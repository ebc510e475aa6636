// The search of a report: a chart of score by parameter, and its points as a table, best first.
import type { Json } from '../../../core/events.ts';
import { lines, type Line, type Point } from '../../charts/lines.ts';
import { meanAndSpread } from '../../charts/spread.ts';
import { drawnCurve, iterationsText, searchCurve, type ScoreCurve, type SearchCurve, type SearchPoint, type SearchTable } from '../../search.ts';
import { number } from '../../terminal/format.ts';
import { html, type Markup } from '../../markup.ts';
import { section } from '../parts/section.ts';
import { table, type Column, type TableOf } from '../parts/table.ts';

/** Points that are seen at once. */
const BEST = 10;

function searchFigure(search: SearchTable): Markup {
  const { stage, scoring, points, tied } = search;
  const curve = searchCurve(search);
  const further = points.slice(BEST);
  return html`<figure>
    <figcaption>
      ${stage}: best ${points[0]!.name}, mean ${scoring} ${score(points[0]!.mean)}${tied > 1 && `; ${tied} points share it, the first of them is taken`}
    </figcaption>
    <div class="beside">
      ${curve && curveChart(curve)}
      <div>${pointTable(`Points of ${stage}`, scoring, points.slice(0, BEST), { rows: points, columns: fileColumns(points) })}</div>
    </div>
    ${
      further.length > 0 &&
      html`<details>
        <summary>${further.length === 1 ? 'One more point' : `${number(further.length)} more points`}</summary>
        ${pointTable(`Further points of ${stage}`, scoring, further, false)}
      </details>`
    }
  </figure>`;
}

function pointTable(label: string, scoring: string, points: SearchTable['points'], file: NonNullable<TableOf<SearchPoint>['file']>): Markup {
  return table({
    label,
    rows: points,
    file,
    columns: [
      { name: 'point', of: ({ name }) => name },
      { name: `mean ${scoring}`, of: ({ mean }) => mean, text: five },
      { name: 'spread, ±', of: ({ spread }) => spread, text: five },
      { name: 'folds', of: ({ foldScores }) => foldsText(foldScores) },
      ...(points.some(({ nIter }) => nIter.length > 0) ? [{ name: 'iterations', of: (point: SearchPoint) => iterationsText(point) }] : []),
    ],
  });
}

/** A column for each parameter and each fold. */
function fileColumns(points: SearchTable['points']): readonly Column<SearchPoint>[] {
  const params = [...new Set(points.flatMap((point) => Object.keys(point.params)))];
  const folds = Math.max(...points.map(({ foldScores }) => foldScores.length));
  return [
    { name: 'point', of: ({ name }) => name },
    ...params.map((param): Column<SearchPoint> => ({ name: param, of: ({ params: { [param]: value } }) => (value === undefined ? '' : plainText(value)) })),
    { name: 'mean', of: ({ mean }) => mean },
    { name: 'spread', of: ({ spread }) => spread },
    ...Array.from({ length: folds }, (_, i): Column<SearchPoint> => ({ name: `fold ${i + 1}`, of: ({ foldScores }) => foldScores[i] })),
    { name: 'iterations', of: ({ nIter }) => nIter.join(' ') },
  ];
}

function foldsText(scores: readonly (number | null)[]): string {
  return scores.map((one) => (one === null ? '-' : one.toFixed(4))).join(' ');
}

const five = (value: number): string => value.toFixed(5);

function curveTable(curve: ScoreCurve): Markup {
  const { stage, scoring, param, points } = curve;
  const drawn = drawnCurve(curve);
  return html`<figure>
    <figcaption>${stage}: ${scoring} by ${param}</figcaption>
    <div class="beside">
      ${drawn && curveChart(drawn)}
      <div>
        ${table({
          label: `Points of ${stage}`,
          rows: points,
          columns: [
            { name: param, of: ({ value }) => plainText(value), text: String },
            { name: 'training rows', of: ({ trainMean }) => trainMean, text: five },
            { name: 'rows held out', of: ({ mean }) => mean, text: five },
            { name: 'folds', of: ({ foldScores }) => foldsText(foldScores) },
          ],
        })}
      </div>
    </div>
  </figure>`;
}

function plainText(value: Json): string | number {
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
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
