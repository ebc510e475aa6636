// A few numbers a name, each as a dot, with their mean and standard deviation: scores of folds.
import type { Markup } from '../markup.ts';
import { QUIET, seriesColour, TEXT } from './colours.ts';
import type { DrawItem } from './echarts.ts';
import { drawn, fourDigits, nameAxis, shortened, valueAxis, type Axis, type Described } from './frame.ts';

export interface SpreadChart extends Described {
  readonly value: Axis;
  /** Null: not defined, and not drawn. */
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** What the values are compared with, as a line. */
  readonly guide?: { readonly name: string; readonly value: number };
}

const ROW = 34;
/** A dashed line, for a legend. */
const DASHED = 'path://M0,0h5v1h-5zM8,0h5v1h-5zM16,0h5v1h-5z';

/** Mean and standard deviation, as `std_test_score` of scikit-learn has it; NaN where a value is not defined. */
export function meanAndSpread(values: readonly (number | null)[]): { readonly mean: number; readonly spread: number } {
  const known = values.map((value) => value ?? NaN);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { mean, spread: Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) };
}

/** @param one what a dot is, for the legend */
export function spread({ title, value, groups, guide }: SpreadChart, one = 'one fold'): Markup {
  const dots = groups.flatMap(({ name, values }, row) => values.flatMap((at, i) => (at === null ? [] : [{ name: `${name}, ${i + 1}`, at, row }])));
  const means = groups.map(({ values }) => meanAndSpread(values.filter((one) => one !== null)));
  return drawn({
    title,
    height: groups.length * ROW + 56,
    legend: [one, 'mean and spread', ...(guide ? [{ name: guide.name, icon: DASHED }] : [])],
    xAxis: valueAxis(value),
    yAxis: nameAxis(
      '',
      groups.map(({ name }) => shortened(name, 24)),
      { inverse: true },
    ),
    series: [
      {
        name: one,
        type: 'scatter',
        symbolSize: 8,
        color: seriesColour(0),
        itemStyle: { opacity: 0.75 },
        data: dots.map(({ at, row }) => [at, row]),
      },
      {
        name: 'mean and spread',
        type: 'custom',
        color: TEXT,
        renderItem: meanOf(means),
        data: means.map(({ mean }, row) => [mean, row]),
        encode: { x: 0, y: 1 },
      },
      ...(guide
        ? [{ name: guide.name, type: 'custom', color: QUIET, renderItem: guideOf(guide.value), data: [[guide.value, 0]], encode: { x: 0, y: 1 } }]
        : []),
      // Makes the axis reach what is drawn, and draws nothing.
      {
        type: 'scatter',
        silent: true,
        symbol: 'none',
        data: means.flatMap(({ mean, spread }, row) => (Number.isNaN(mean) ? [] : [mean - spread, mean + spread].map((end) => [end, row]))),
      },
    ],
    titles: [
      (mark) => dots[mark] && `${dots[mark].name}: ${fourDigits(dots[mark].at)}`,
      (mark) => (means[mark] && !Number.isNaN(means[mark].mean) ? `mean ${fourDigits(means[mark].mean)} ± ${fourDigits(means[mark].spread)}` : undefined),
    ],
  });
}

function meanOf(means: readonly { readonly mean: number; readonly spread: number }[]): DrawItem {
  return ({ dataIndex }, api) => {
    const { mean, spread } = means[dataIndex]!;
    if (Number.isNaN(mean)) return { type: 'group', children: [] };
    const at = (value: number): readonly [number, number] => api.coord([value, dataIndex]) as [number, number];
    const [[low], [middle, y], [high]] = [at(mean - spread), at(mean), at(mean + spread)];
    const below = y + ROW * 0.3;
    const style = { stroke: TEXT, lineWidth: 1.5 };
    return {
      type: 'group',
      children: [
        { type: 'line', shape: { x1: low, y1: below, x2: high, y2: below }, style },
        { type: 'line', shape: { x1: middle, y1: below - 4, x2: middle, y2: below + 4 }, style: { ...style, lineWidth: 3 } },
      ],
    };
  };
}

function guideOf(value: number): DrawItem {
  return ({ coordSys }, api) => {
    const { y, height } = coordSys as unknown as { readonly y: number; readonly height: number };
    const [x] = api.coord([value, 0]) as [number];
    return { type: 'line', shape: { x1: x, y1: y, x2: x, y2: y + height }, style: { stroke: QUIET, lineWidth: 1, lineDash: [4, 4] } };
  };
}
