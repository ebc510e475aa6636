// A bar for each name, from zero to its value: coefficients, importances, sizes of classes and clusters.
import type { Markup } from '../markup.ts';
import { seriesColour, TEXT } from './colours.ts';
import type { DrawItem } from './echarts.ts';
import { drawn, fourDigits, nameAxis, shortened, valueAxis, type Described } from './frame.ts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** How far it may be off: a standard deviation, say. */
  readonly spread?: number;
}

export interface BarsChart extends Described {
  /** What the values are. */
  readonly value: string;
  /** From top to bottom. */
  readonly bars: readonly Bar[];
  /** Whole numbers, such as counts. */
  readonly whole?: boolean;
}

/** Height of a bar with the space around it. */
const ROW = 20;

export function bars({ title, value, bars, whole = false }: BarsChart): Markup {
  const ends = bars.flatMap(({ value, spread = 0 }) => [value - spread, value + spread]);
  return drawn({
    title,
    height: bars.length * ROW + 56,
    xAxis: { ...valueAxis({ name: value, whole }), min: Math.min(0, ...ends) < 0 ? undefined : 0, max: Math.max(0, ...ends) > 0 ? undefined : 0 },
    yAxis: nameAxis(
      '',
      bars.map(({ name }) => shortened(name, 24)),
      { inverse: true },
    ),
    series: [
      { type: 'custom', renderItem: barOf(bars), data: bars.map(({ value }, i) => [value, i]), encode: { x: 0, y: 1 } },
      // Makes the axis reach the ends, and draws nothing.
      { type: 'scatter', silent: true, symbol: 'none', data: [0, ...ends].map((end) => [end, 0]) },
    ],
    titles: [
      (mark) =>
        bars[mark] && `${bars[mark].name}: ${fourDigits(bars[mark].value)}${bars[mark].spread === undefined ? '' : ` ± ${fourDigits(bars[mark].spread)}`}`,
    ],
  });
}

/** Blue above zero, orange below it. */
function barOf(bars: readonly Bar[]): DrawItem {
  return ({ dataIndex }, api) => {
    const { value, spread } = bars[dataIndex]!;
    const [zero, middle] = api.coord([0, dataIndex]) as [number, number];
    const [end] = api.coord([value, dataIndex]) as [number, number];
    const bar = {
      type: 'rect' as const,
      shape: { x: Math.min(zero, end), y: middle - ROW * 0.35, width: Math.max(0.5, Math.abs(end - zero)), height: ROW * 0.7 },
      style: { fill: seriesColour(value < 0 ? 1 : 0) },
    };
    if (spread === undefined) return bar;
    const [low, high] = [value - spread, value + spread].map((at) => api.coord([at, dataIndex])[0]!);
    return {
      type: 'group',
      children: [bar, { type: 'line', shape: { x1: low!, y1: middle, x2: high!, y2: middle }, style: { stroke: TEXT, lineWidth: 1.5 } }],
    };
  };
}
