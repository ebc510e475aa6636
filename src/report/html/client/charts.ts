// Charts of a run, by ECharts: what report and live page share. Colours come from the page's own style, so that light and
// dark are told in one place.
import { LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { number } from '../../terminal/format.ts';
import type { SearchCurve } from '../../search.ts';
import type { Curve, History } from '../data.ts';

use([LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export interface FoldScores {
  readonly stage: string;
  readonly scoring: string;
  /** Null where a fold does not define its score. */
  readonly scores: readonly (number | null)[];
  readonly baseline?: number;
}

export type Chart = EChartsType;

/** A chart that follows its element's size. */
export function chartIn(element: HTMLElement): Chart {
  const chart = init(element, null, { renderer: 'svg' });
  new ResizeObserver(() => chart.resize()).observe(element);
  return chart;
}

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** Told apart on white and on black. */
const LIGHT = ['#2166ac', '#d6604d', '#4d9221', '#8073ac', '#bf812d', '#35978f', '#c51b7d', '#878787'];
const DARK = ['#6cb0f0', '#f4a582', '#8ccf5e', '#b2abd2', '#e0b870', '#80cdc1', '#f1b6da', '#bababa'];
const series = (): readonly string[] => (matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT);

/** Labels at the ends of a horizontal axis stay within it: beyond them are those of the vertical one. */
const WITHIN = { alignMinLabel: 'left', alignMaxLabel: 'right', hideOverlap: true } as const;

function axis(name: string, { within, ...more }: Readonly<Record<string, unknown>> = {}): object {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: color('quiet') },
    axisLabel: { color: color('quiet'), ...(within ? WITHIN : {}) },
    axisLine: { lineStyle: { color: color('line') } },
    splitLine: { lineStyle: { color: color('line'), opacity: 0.5 } },
    ...more,
  };
}

function base(description: string): EChartsCoreOption {
  return {
    animation: false,
    color: [...series()],
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    aria: { enabled: true, label: { description } },
    grid: { left: 56, right: 16, top: 32, bottom: 44 },
    tooltip: {
      trigger: 'axis',
      backgroundColor: color('panel'),
      borderColor: color('line'),
      textStyle: { color: color('text') },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? number(value) : String(value ?? '-')),
    },
  };
}

/** More lines than this say nothing apart; the legend goes. */
const MOST_NAMED = 12;

export function historyOption({ stage, models }: History): EChartsCoreOption {
  const named = models.length <= MOST_NAMED;
  return {
    ...base(`Loss of ${stage} by iteration, ${models.length} models`),
    legend: { show: named, type: 'scroll', top: 0, textStyle: { color: color('text') } },
    tooltip: named ? (base('')['tooltip'] as object) : { show: false },
    xAxis: axis('iteration', { within: true, type: 'value', minInterval: 1 }),
    yAxis: axis('loss', { type: 'value', scale: true, nameGap: 42 }),
    series: models.map(({ model, loss }) => ({
      name: model,
      type: 'line',
      showSymbol: false,
      lineStyle: { width: named ? 2 : 1 },
      data: loss.map((value, i) => [i, value]),
    })),
  };
}

/** Ends of a grid that lie further apart than this are drawn by their logarithms. */
const LOG_SPAN = 30;

/** The mean of each point as a line, the scores of its folds as dots around it. */
export function searchOption({ scoring, param, points }: SearchCurve): EChartsCoreOption {
  const [low, high] = [points[0]!.value, points.at(-1)!.value];
  const logarithmic = low > 0 && high / low >= LOG_SPAN;
  return {
    ...base(`${scoring} by ${param}, ${points.length} points`),
    legend: { top: 0, textStyle: { color: color('text') } },
    xAxis: axis(param, { within: true, type: logarithmic ? 'log' : 'value', min: low, max: high }),
    yAxis: axis(scoring, { type: 'value', scale: true, nameGap: 46 }),
    series: [
      { name: 'mean', type: 'line', data: points.map(({ value, mean }) => [value, mean]) },
      ...(points.some(({ trainMean }) => trainMean !== undefined)
        ? [{ name: 'mean of training rows', type: 'line', lineStyle: { type: 'dashed' }, data: points.map(({ value, trainMean }) => [value, trainMean]) }]
        : []),
      {
        name: 'one fold',
        type: 'scatter',
        symbolSize: 5,
        data: points.flatMap(({ value, foldScores }) => foldScores.map((score) => [value, score])),
      },
    ],
  };
}

export function foldsOption({ scoring, scores, baseline }: FoldScores): EChartsCoreOption {
  const low = Math.min(...scores.map((score) => score ?? Infinity), baseline ?? Infinity);
  const below = Number.isFinite(low) ? Math.floor((low - 0.02) * 50) / 50 : 0;
  const floor = low < 0 ? below : Math.max(0, below);
  return {
    ...base(`${scoring} by fold: ${scores.map((score) => score?.toFixed(4) ?? 'not defined').join(', ')}`),
    xAxis: axis('fold', { type: 'category', data: scores.map((_, i) => String(i + 1)) }),
    yAxis: axis(scoring, { type: 'value', min: floor, nameGap: 42 }),
    series: [
      {
        // Points, not bars: a bar that does not begin at zero lies.
        type: 'scatter',
        symbolSize: 14,
        data: scores,
        markLine:
          baseline === undefined
            ? undefined
            : { symbol: 'none', label: { formatter: 'majority class', color: color('quiet'), position: 'insideEndTop' }, data: [{ yAxis: baseline }] },
      },
    ],
  };
}

type Kind = 'roc' | 'precision-recall';

const place = {
  roc: ({ positives, negatives }: Curve, { truePositives, falsePositives }: Curve['points'][number]): [number, number] => [
    falsePositives / negatives,
    truePositives / positives,
  ],
  'precision-recall': ({ positives }: Curve, { truePositives, falsePositives }: Curve['points'][number]): [number, number] => [
    truePositives / positives,
    truePositives / (truePositives + falsePositives),
  ],
} as const;

/**
 * @param at which point the threshold stands at
 * @param others curves of other branches, thin beside it
 */
export function curveOption(kind: Kind, curve: Curve, at: number, others: readonly Curve[] = []): EChartsCoreOption {
  const points = curve.points.map((point) => place[kind](curve, point));
  const share = curve.positives / (curve.positives + curve.negatives);
  const chance =
    kind === 'roc'
      ? [
          [0, 0],
          [1, 1],
        ]
      : [
          [0, share],
          [1, share],
        ];
  const [x, y] = kind === 'roc' ? ['false positive rate', 'true positive rate'] : ['recall', 'precision'];
  return {
    ...base(`${kind === 'roc' ? 'ROC' : 'Precision-recall'} curve, ${points.length} points`),
    legend: { show: others.length > 0, type: 'scroll', top: 0, data: [curve, ...others].map(({ stage }) => stage), textStyle: { color: color('text') } },
    xAxis: axis(x, { within: true, type: 'value', min: 0, max: 1 }),
    yAxis: axis(y, { type: 'value', min: 0, max: 1, nameGap: 36 }),
    series: [
      { name: curve.stage, type: 'line', showSymbol: false, data: kind === 'roc' ? [[0, 0], ...points] : points },
      { name: 'by chance', type: 'line', showSymbol: false, lineStyle: { type: 'dashed', width: 1 }, data: chance },
      { name: 'threshold', type: 'scatter', symbolSize: 12, data: [points[at]] },
      ...others.map((other) => ({
        name: other.stage,
        type: 'line',
        showSymbol: false,
        lineStyle: { width: 1 },
        data: other.points.map((point) => place[kind](other, point)),
      })),
    ],
  };
}
