// Lines over a number: losses by iteration, scores by a parameter, ROC curves.
import type { Markup } from '../markup.ts';
import { QUIET, seriesColour } from './colours.ts';
import { drawn, fourDigits, lineStyle, shortened, spanOf, valueAxis, type Axis, type Described } from './frame.ts';
import type { DrawItem } from './echarts.ts';

/** Null: not defined there. */
export type Point = readonly [x: number, y: number | null];

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** From where to where it may lie: a spread around it, say. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** 'guide': what the others are compared with, thin and grey; 'dots': points that no line joins; 'ring': points to look at. */
  readonly look?: 'guide' | 'dots' | 'ring';
}

export interface LinesChart extends Described {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Line[];
  readonly height?: number;
}

/** Up to this many points each is marked, and says its numbers to the pointer. */
const MOST_MARKED = 40;

export function lines({ title, x, y, series, height = 250 }: LinesChart): Markup {
  const names = series.map(({ name }) => shortened(name));
  const bands = series.flatMap(({ band }, at) => (band ? [{ band, at }] : []));
  const said = (name: string, points: readonly Point[]) => (mark: number) => {
    const [at, value] = points[mark] ?? [];
    return at === undefined || value === undefined || value === null ? undefined : `${name}: ${x.name} ${fourDigits(at)}, ${y.name} ${fourDigits(value)}`;
  };
  let colour = 0;
  return drawn({
    title,
    height,
    legend: names.length > 1 ? names : [],
    xAxis: valueAxis(
      spanOf(
        x,
        series.flatMap(({ points }) => points.map(([at]) => at)),
      ),
    ),
    yAxis: valueAxis(y),
    series: [
      ...series.map(({ points, look }, i) => {
        const at = look === 'guide' ? -1 : colour++;
        const marked = look !== 'guide' && points.length <= MOST_MARKED;
        const own = look === 'guide' ? { color: QUIET, width: 1, type: [4, 4] } : lineStyle(at, points.length > MOST_MARKED ? 1.8 : 2);
        const common = { name: names[i], data: points.map((point) => [...point]), color: look === 'guide' ? QUIET : seriesColour(at) };
        if (look === 'ring')
          return {
            ...common,
            type: 'scatter',
            symbol: 'circle',
            symbolSize: 13,
            z: 4,
            itemStyle: { color: 'none', borderColor: common.color, borderWidth: 2 },
          };
        if (look === 'dots') return { ...common, type: 'scatter', symbolSize: 5, itemStyle: { opacity: 0.7 } };
        return { ...common, type: 'line', lineStyle: own, showSymbol: marked, symbol: 'circle', symbolSize: 5, itemStyle: { color: common.color } };
      }),
      ...bands.map(({ band, at }) => ({
        type: 'custom',
        silent: true,
        z: 1,
        data: [[band[0]?.[0] ?? 0, band[0]?.[1] ?? 0]],
        encode: { x: 0, y: 1 },
        renderItem: bandOf(band, seriesColour(coloursBefore(series, at))),
      })),
      ...(bands.length > 0
        ? [
            rangeOf(
              bands.flatMap(({ band }) =>
                band.flatMap(
                  ([at, low, high]) =>
                    [
                      [at, low],
                      [at, high],
                    ] as const,
                ),
              ),
            ),
          ]
        : []),
    ],
    titles: series.map(({ name, points }) => (points.length <= MOST_MARKED ? said(name, points) : undefined)),
  });
}

function coloursBefore(series: readonly Line[], at: number): number {
  return series.slice(0, at).filter(({ look }) => look !== 'guide').length;
}

/** Makes the axes reach what a shape covers, and draws nothing. */
function rangeOf(points: readonly (readonly [number, number])[]): object {
  return { type: 'line', silent: true, showSymbol: false, lineStyle: { opacity: 0, width: 0 }, data: points.map((point) => [...point]) };
}

function bandOf(band: NonNullable<Line['band']>, fill: string): DrawItem {
  return (_, api) => ({
    type: 'polygon',
    shape: { points: [...band.map(([x, , high]) => api.coord([x, high])), ...band.toReversed().map(([x, low]) => api.coord([x, low]))] },
    style: { fill, opacity: 0.18 },
  });
}
