// A recorded run to look at in a terminal: pictures, weights, losses, confusion matrices.
import type { JsonRecord } from '../../core/events.ts';
import { captioned, namesOf, type Coefficients, type Evidence } from '../html/data.ts';
import { iterationsText, scoreCurve, searchOf, type ScoreCurve, type SearchTable } from '../search.ts';
import { chartLines } from '../figures/text.ts';
import { confusionLines, sparkline } from './charts.ts';
import { figure, number, printable } from './format.ts';
import { gridLines } from './picture.ts';
import type { TerminalStyle } from './style.ts';
import { fittingColumns, tableLines, wrapped } from './table.ts';

interface Shown {
  readonly path: string;
  readonly output?: JsonRecord | undefined;
}

/** Most lines of losses of a stage, and of points of a grid. */
const MOST_LOSSES = 12;
const MOST_POINTS = 60;

/** All there is to see of a run, a section each. */
export function lookLines(
  stages: readonly Shown[],
  evidence: Evidence,
  { depth, columns, colors }: Pick<TerminalStyle, 'depth' | 'columns' | 'colors'>,
): readonly string[] {
  const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [colors.bold(title), ...lines, '']);
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
    return [printable(path), ...confusionLines(counts, namesOf(output!, counts.length).map(printable)), ''];
  });
  return [
    ...section('Rows shown', gridLines(captioned(evidence.rows), depth, columns)),
    ...evidence.figures.flatMap((figure) =>
      section(printable(figure.stage), 'chart' in figure ? chartLines(figure.chart, columns) : gridLines([figure.picture], depth, columns)),
    ),
    ...searches.flatMap((search) => section(`${printable(search.stage)}: best ${printable(search.points[0]!.name)}`, searchLines(search, columns))),
    ...stages.flatMap((stage) => {
      const curve = scoreCurve(stage);
      return curve ? section(`${printable(curve.stage)}: ${curve.scoring} by ${printable(curve.param)}`, curveLines(curve, columns)) : [];
    }),
    ...section('Loss', losses),
    ...section('Weights', gridLines(captioned(evidence.weights), depth, columns)),
    ...evidence.coefficients.flatMap((one) =>
      section(
        `Largest of ${number(one.features)} weights of ${printable(one.stage)}${one.model === undefined ? '' : ` for ${printable(one.model)}`}`,
        coefficientLines(one, columns),
      ),
    ),
    ...section('Confusion: rows are true classes, columns predicted ones', confusions),
    ...section('Most confident mistakes', gridLines(captioned(evidence.mistakes), depth, columns)),
  ];
}

/** Letters of the longest bar. */
const BAR = 24;

/** A bar a feature: what speaks for the class to the right, what speaks against it to the left. */
function coefficientLines({ largest }: Coefficients, columns: number): readonly string[] {
  const most = Math.max(...largest.map(({ weight }) => Math.abs(weight))) || 1;
  const rows = largest.map(({ feature, name = `feature ${number(feature)}`, weight }) => {
    const bar = '█'.repeat(Math.round((Math.abs(weight) / most) * (BAR / 2)));
    return [printable(name), weight < 0 ? bar.padStart(BAR / 2) : `${' '.repeat(BAR / 2)}${bar.padEnd(BAR / 2)}`, number(weight)];
  });
  return tableLines(rows, columns);
}

/** The points, best first, and how far to trust their order. */
function searchLines({ scoring, points, tied }: SearchTable, columns: number): readonly string[] {
  const rows = points
    .slice(0, MOST_POINTS)
    .map((point) => [printable(point.name), figure(point.mean), `± ${figure(point.spread)}`, iterationsText(point), point.foldScores.map(figure).join(' ')]);
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
    figure(trainMean ?? null),
    figure(mean),
    foldScores.map(figure).join(' '),
  ]);
  return fittingColumns([[printable(param), 'training rows', 'rows held out', 'folds'], ...rows], 3, columns);
}
