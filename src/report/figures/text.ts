// Charts as lines of text, for terminals: what is large and what is small, with the numbers at the ends.
import { sparkline } from '../terminal/charts.ts';
import { number, printable } from '../terminal/format.ts';
import { cut, widthOf } from '../terminal/table.ts';
import type { Chart } from './kinds.ts';

const SHADES = ' ░▒▓█';
/** Longest name beside a line. */
const MOST_NAME = 32;
/** Lines that points are strewn over. */
const HIGH = 12;

/** @param columns most letters a line has */
export function chartLines(chart: Chart, columns: number): readonly string[] {
  return [printable(chart.title), ...drawn(chart, columns).map((line) => `  ${line}`)];
}

function drawn(chart: Chart, columns: number): readonly string[] {
  switch (chart.kind) {
    case 'lines':
      return labelled(
        chart.series.map(({ name, points }) => [name, points.flatMap(([, y]) => y ?? [])]),
        (ys, width) => `${sparkline(ys, width)}  ${range(ys)}`,
        columns - 24,
      );
    case 'histogram':
      return labelled(
        chart.series.map(({ name, counts }) => [name, counts]),
        (counts, width) => `${sparkline(counts, width)}  ${range(counts)} from ${number(chart.edges[0]!)} to ${number(chart.edges.at(-1)!)}`,
        columns - 40,
      );
    case 'bars': {
      const most = Math.max(...chart.bars.map(({ value }) => Math.abs(value)), 0) || 1;
      return labelled(
        chart.bars.map(({ name, value }) => [name, value]),
        (value, width) => `${(value < 0 ? '-' : '█').repeat(Math.round((Math.abs(value) / most) * width))} ${number(value)}`,
        columns - 20,
      );
    }
    case 'spread':
      return labelled(
        chart.groups.map(({ name, values }) => [name, values.filter((value) => value !== null)]),
        (values) => `${number(values.reduce((sum, value) => sum + value, 0) / values.length)}, ${range(values)}`,
        columns,
      );
    case 'heatMap': {
      const most = Math.max(...chart.values.flat(), 0) || 1;
      return labelled(
        chart.values.map((row, i) => [chart.rows.names[i]!, row.map((value) => Math.max(0, value / most))]),
        (shares) => shares.map((share) => SHADES[Math.ceil(share * (SHADES.length - 1))]!.repeat(2)).join(''),
        columns,
      );
    }
    case 'scatter':
      return strewn(
        chart.series.map(({ points }) => points),
        Math.min(60, columns - 4),
      );
  }
}

function labelled<T>(parts: readonly (readonly [string, T])[], say: (value: T, width: number) => string, room: number): readonly string[] {
  const names = parts.map(([name]) => cut(printable(name), MOST_NAME, 'middle'));
  const side = Math.max(0, ...names.map(widthOf));
  return parts.map(([, value], i) => `${names[i]!}${' '.repeat(side - widthOf(names[i]!))}  ${say(value, Math.max(8, Math.min(48, room - side)))}`.trimEnd());
}

function range(values: readonly number[]): string {
  return values.length === 0 ? '' : `${number(values.reduce((a, b) => Math.min(a, b)))} to ${number(values.reduce((a, b) => Math.max(a, b)))}`;
}

/** Points of the first series as `o`, of the next as `x` ... */
function strewn(series: readonly (readonly (readonly [number, number])[])[], width: number): readonly string[] {
  const all = series.flat();
  const cells = Array.from({ length: HIGH }, () => new Array<string>(width).fill(' '));
  const place = (axis: 0 | 1): ((value: number) => number) => {
    const low = all.reduce((least, point) => Math.min(least, point[axis]), Infinity);
    const span = all.reduce((most, point) => Math.max(most, point[axis]), -Infinity) - low || 1;
    return (value) => (value - low) / span;
  };
  const [across, up] = [place(0), place(1)];
  series.forEach((points, i) => {
    for (const [x, y] of points) cells[Math.round((1 - up(y)) * (HIGH - 1))]![Math.round(across(x) * (width - 1))] = 'ox+*#'[i % 5]!;
  });
  const ends = (axis: 0 | 1): string => range(all.map((point) => point[axis]));
  return [...cells.map((line) => `│${line.join('').trimEnd()}`), `└${'─'.repeat(width)}`, `x ${ends(0)}, y ${ends(1)}`];
}
