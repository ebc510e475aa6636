// A recorded run to look at in a terminal: pictures, weights, losses, confusion matrices, mistakes, clusters.
import type { CellValue, JsonRecord, RunEvent } from '../../core/events.ts';
import { captioned, namesOf, type Coefficients, type Evidence, type Shown as ShownPicture } from '../html/data.ts';
import { iterationsText, scoreCurve, searchOf, type ScoreCurve, type SearchTable } from '../search.ts';
import { chartLines } from '../figures/text.ts';
import { barLines, confusionLines, named, sparkline } from './charts.ts';
import { number, printable, scoreNumber } from './format.ts';
import { gridLines } from './picture.ts';
import type { TerminalStyle } from './style.ts';
import { fittingColumns, wrapped } from './table.ts';

interface Shown {
  readonly path: string;
  readonly output?: JsonRecord | undefined;
}

type Mistakes = Extract<RunEvent, { type: 'mistakes' }>;

/** Most lines of losses of a stage, of points of a grid, of mistakes, and of bars. */
const MOST_LOSSES = 12;
const MOST_POINTS = 60;
const MOST_MISTAKES = 8;
const MOST_BARS = 20;
/** Pictures of a kind: of many stages the first of each. */
const MOST_PICTURES = 24;
/** Letters of a cell of a table that is not ours, and of a name of its columns. */
const MOST_CELL = 20;

/** All there is to see of a run, a section each. */
export function lookLines(
  stages: readonly Shown[],
  evidence: Evidence,
  { depth, columns, colors }: Pick<TerminalStyle, 'depth' | 'columns' | 'colors'>,
): readonly string[] {
  const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [colors.bold(title), ...lines, '']);
  const pictures = (all: readonly ShownPicture[]): readonly string[] => {
    const stages = new Set(all.map(({ stage }) => stage));
    const each = Math.max(1, Math.floor(MOST_PICTURES / stages.size));
    const shown = [...stages].flatMap((stage) => all.filter((one) => one.stage === stage).slice(0, each)).slice(0, MOST_PICTURES);
    const more = all.length - shown.length;
    return [...gridLines(captioned(shown), depth, columns), ...(more > 0 ? [`${number(more)} more in \`pipeline report\``] : [])];
  };
  const searches = stages.flatMap((stage) => searchOf(stage) ?? []);
  const losses = evidence.histories.flatMap(({ stage, models }) => {
    // The points of a search stand in a table; of their models the one that was kept is left.
    const shown = searches.some((search) => search.stage === stage) ? models.slice(-1) : models.slice(0, MOST_LOSSES);
    const width = Math.max(10, ...shown.map(({ model }) => printable(model).length));
    const lines = shown.map(
      ({ model, loss }) => `${printable(model).padEnd(width)} ${sparkline(loss)} ${number(loss.at(-1)!)} after ${loss.length - 1} iterations`,
    );
    const more = models.length - shown.length;
    const head = evidence.histories.length > 1 ? [printable(stage)] : [];
    return [...head, ...lines, ...(more > 0 && shown.length > 1 ? [`${more} more`] : [])];
  });
  const confusions = stages.flatMap(({ path, output }) => {
    const confusion = output?.['confusion'];
    if (!Array.isArray(confusion)) return [];
    const counts = confusion as number[][];
    return [printable(path), ...confusionLines(counts, namesOf(output!, counts.length), columns), ''];
  });
  const lines = [
    ...section('Rows shown', pictures(evidence.rows)),
    ...evidence.figures.flatMap((figure) =>
      section(printable(figure.stage), 'chart' in figure ? chartLines(figure.chart, columns) : gridLines([figure.picture], depth, columns)),
    ),
    ...searches.flatMap((search) => section(`${printable(search.stage)}: best ${printable(search.points[0]!.name)}`, searchLines(search, columns))),
    ...stages.flatMap((stage) => {
      const curve = scoreCurve(stage);
      return curve ? section(`${printable(curve.stage)}: ${curve.scoring} by ${printable(curve.param)}`, curveLines(curve, columns)) : [];
    }),
    ...section('Loss', losses),
    ...section('Weights', pictures(evidence.weights)),
    ...evidence.coefficients.flatMap((one) =>
      section(
        `Largest of ${number(one.features)} weights of ${printable(one.stage)}${one.model === undefined ? '' : ` for ${printable(one.model)}`}`,
        coefficientLines(one, columns),
      ),
    ),
    ...(evidence.importances ?? []).flatMap(({ stage, scoring, features, largest }) =>
      section(
        `Importance of ${number(features)} features, ${printable(stage)}: ${scoring === undefined ? 'shares of what splits gained' : `fall of ${scoring} once mixed up`}`,
        barLines(
          largest.map(({ feature, name = `feature ${number(feature)}`, importance }) => [name, importance]),
          columns,
        ),
      ),
    ),
    ...section('Confusion: rows are true classes, columns predicted ones', confusions),
    ...section('Most confident mistakes', pictures(evidence.mistakes)),
    ...(evidence.wrong ?? []).flatMap((one) =>
      section(`${one.wrong === undefined ? 'Largest errors' : 'Most confident mistakes'} of ${printable(one.stage)}`, mistakeLines(one, columns)),
    ),
    ...stages.flatMap((stage) => {
      const sizes = sizesOf(stage);
      const bars = sizes.map((size, i) => [`cluster ${i}`, size] as const);
      return section(`Rows of ${sizes.length} clusters of ${printable(stage.path)}`, sizes.length > 0 ? firstBars(bars, columns) : []);
    }),
    ...evidence.components.flatMap(({ stage, components, shares }) =>
      section(
        `Shares of the variance that ${number(components)} components of ${printable(stage)} explain`,
        firstBars(
          shares.map((share, i) => [`component ${i + 1}`, share]),
          columns,
        ),
      ),
    ),
  ];
  return lines.length > 0 ? lines : ['Nothing to show here; `pipeline report` has the rest.'];
}

/** A bar a feature: what speaks for the class to the right, what speaks against it to the left. */
function coefficientLines({ largest }: Coefficients, columns: number): readonly string[] {
  return barLines(
    largest.map(({ feature, name = `feature ${number(feature)}`, weight }) => [name, weight]),
    columns,
  );
}

/** Rows of a table that were predicted wrong, the surest first; of values those furthest off. */
function mistakeLines({ worst, wrong, rows, columns: names }: Mistakes, columns: number): readonly string[] {
  const shown = worst.slice(0, MOST_MISTAKES);
  const told = shown.some(({ probability }) => probability !== undefined);
  const cell = (value: CellValue): string =>
    // A whole number may be a year or a class.
    typeof value === 'number' && !Number.isInteger(value) ? number(value) : named(String(value ?? '-'), MOST_CELL);
  const head = ['row', 'true', 'predicted', ...(told ? ['probability'] : [])];
  const lines = shown.map(({ row, truth, predicted, probability, values }) => [
    // An id, and no count.
    String(row),
    cell(truth),
    cell(predicted),
    ...(told ? [scoreNumber(probability ?? null)] : []),
    ...values.map(cell),
  ]);
  const count = wrong === undefined ? `of ${number(rows)} rows those furthest off` : `${number(wrong)} of ${number(rows)} rows are wrong`;
  return [count, ...fittingColumns([[...head, ...names.map((name) => named(name, MOST_CELL))], ...lines], head.length, columns)];
}

/** Bars of the first names, and how many there are beside them. */
function firstBars(bars: readonly (readonly [string, number])[], columns: number): readonly string[] {
  const more = bars.length - MOST_BARS;
  return [...barLines(bars.slice(0, MOST_BARS), columns), ...(more > 0 ? [`${more} more`] : [])];
}

/** Rows of each cluster. */
function sizesOf({ output }: Shown): readonly number[] {
  const sizes = output?.['sizes'];
  return Array.isArray(sizes) && sizes.length > 1 && sizes.every((size) => typeof size === 'number') ? (sizes as number[]) : [];
}

/** The points, best first, and how far to trust their order. */
function searchLines({ scoring, points, tied }: SearchTable, columns: number): readonly string[] {
  const rows = points
    .slice(0, MOST_POINTS)
    .map((point) => [
      named(point.name, columns - 44),
      scoreNumber(point.mean),
      `± ${scoreNumber(point.spread)}`,
      iterationsText(point),
      point.foldScores.map(scoreNumber).join(' '),
    ]);
  const more = points.length - rows.length;
  const tie = `${tied} points share the best mean; the first of them is taken.`;
  return [
    ...fittingColumns([['point', `mean ${scoring}`, 'spread', 'iterations', 'folds'], ...rows], 3, columns),
    ...(more > 0 ? [`${more} more`] : []),
    ...(tied > 1 ? wrapped('', 0, [tie], columns) : []),
  ];
}

function curveLines({ param, points }: ScoreCurve, columns: number): readonly string[] {
  const rows = points.map(({ value, trainMean, mean, foldScores }) => [
    printable(String(value)),
    scoreNumber(trainMean ?? null),
    scoreNumber(mean),
    foldScores.map(scoreNumber).join(' '),
  ]);
  return fittingColumns([[printable(param), 'training rows', 'rows held out', 'folds'], ...rows], 3, columns);
}
