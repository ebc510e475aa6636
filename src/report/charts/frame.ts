// What all charts share: their size, axes, legend, and how numbers are written.
import { grouped } from '../../core/numbers.ts';
import type { Markup } from '../markup.ts';
import { LINE, QUIET, seriesColour, TEXT } from './colours.ts';
import { FONT_SIZE, svgOf, textWidth, type ChartOption } from './echarts.ts';
import { pageSvg, type Titles } from './svg.ts';

/** Two stand beside each other on a page, one on a phone. */
export const WIDTH = 440;

export interface Described {
  /** What the chart shows, in a sentence: its name for who cannot see it. */
  readonly title: string;
}

export interface Axis {
  readonly name: string;
  /** 'log' for values over several powers of ten: none of them may be 0 or less. */
  readonly scale?: 'linear' | 'log';
  readonly min?: number;
  readonly max?: number;
  /** Of counts: no ticks between whole numbers. */
  readonly whole?: boolean;
}

/** Four digits at most: 12 300, 0.979, 1.2e-5, 3.456M. */
export function fourDigits(value: number): string {
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return rounded.toExponential().replace('e+', 'e');
  if (size >= 1e5) return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 }).format(rounded);
  return Number.isInteger(rounded) ? grouped(rounded) : String(rounded);
}

export function valueAxis({ name, scale = 'linear', min, max, whole }: Axis, labels: object = {}): object {
  return {
    ...axisLook(name),
    type: scale === 'log' ? 'log' : 'value',
    // An axis need not begin at zero: what is drawn are points and lines. Bars say where theirs begins.
    scale: true,
    splitNumber: 4,
    ...(whole ? { minInterval: 1 } : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(min === 0 && max === 1 ? { interval: 0.25 } : {}),
    axisLabel: { color: QUIET, fontSize: FONT_SIZE, hideOverlap: true, formatter: fourDigits, ...labels },
  };
}

/** A logarithmic axis reaches from one power of ten to another. */
export function spanOf(axis: Axis, values: readonly number[]): Axis {
  if (axis.scale !== 'log' || values.length === 0) return axis;
  const powers = values.map((value) => Math.log10(value));
  return { min: 10 ** Math.floor(Math.min(...powers)), max: 10 ** Math.ceil(Math.max(...powers)), ...axis };
}

/** An axis of names, one place each. */
export function nameAxis(name: string, names: readonly string[], more: object = {}): object {
  return {
    ...axisLook(name),
    type: 'category',
    data: names,
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: QUIET, fontSize: FONT_SIZE, interval: 0 },
    ...more,
  };
}

function axisLook(name: string): object {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 6,
    nameTextStyle: { color: QUIET, fontSize: FONT_SIZE },
    axisLine: { show: true, onZero: false, lineStyle: { color: QUIET } },
    axisTick: { lineStyle: { color: QUIET } },
    splitLine: { lineStyle: { color: LINE } },
  };
}

/** Dashes tell series apart where colours do not. */
const DASHES: readonly ('solid' | number[])[] = ['solid', [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 3]];

export function lineStyle(at: number, width = 2): object {
  return { color: seriesColour(at), width, type: DASHES[at % DASHES.length] };
}

const LEGEND = { itemWidth: 22, itemHeight: 8, itemGap: 10 } as const;
/** Rows of a legend are as far apart as its items. */
const LEGEND_ROW = FONT_SIZE + LEGEND.itemGap;

/** Lines that a legend takes, as it wraps. */
function legendRows(names: readonly string[]): number {
  let [rows, used] = [names.length > 0 ? 1 : 0, 0];
  for (const name of names) {
    const width = LEGEND.itemWidth + 5 + textWidth(name) + LEGEND.itemGap;
    if (used > 0 && used + width > WIDTH - 8) [rows, used] = [rows + 1, 0];
    used += width;
  }
  return rows;
}

export interface Content {
  readonly title: string;
  /** Height of what is drawn, with its axes; the legend comes on top of it. */
  readonly height: number;
  /** Names of series that the legend tells apart, some with a picture of their own; none for no legend. */
  readonly legend?: readonly (string | { readonly name: string; readonly icon: string })[];
  readonly xAxis: object;
  readonly yAxis: object;
  readonly series: readonly object[];
  readonly titles?: Titles;
}

/** Draws a chart. */
export function drawn({ title, height, legend = [], xAxis, yAxis, series, titles }: Content): Markup {
  const top = legendRows(legend.map((entry) => (typeof entry === 'string' ? entry : entry.name))) * LEGEND_ROW;
  const option: ChartOption = {
    animation: false,
    textStyle: { fontSize: FONT_SIZE, color: TEXT },
    legend: {
      show: legend.length > 0,
      data: [...legend],
      left: 0,
      top: 0,
      padding: 2,
      width: WIDTH - 4,
      ...LEGEND,
      textStyle: { color: TEXT, fontSize: FONT_SIZE },
    },
    grid: { left: 2, right: 10, top: top + 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    xAxis,
    yAxis,
    series: series.map((one) => ({ clip: false, emphasis: { disabled: true }, ...one })),
  };
  return pageSvg(svgOf(option, WIDTH, height + top), title, WIDTH, height + top, titles);
}

/** A name that leaves room for others: its ends say most. */
export function shortened(name: string, most = 32): string {
  const letters = [...name];
  return letters.length <= most ? name : `${letters.slice(0, Math.ceil(most / 2) - 1).join('')}\u2026${letters.slice(-Math.floor(most / 2)).join('')}`;
}
