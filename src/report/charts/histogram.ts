// How many rows have values in which range: scores by true class, residuals.
import type { Markup } from '../markup.ts';
import { seriesColour } from './colours.ts';
import type { DrawItem } from './echarts.ts';
import { drawn, fourDigits, shortened, valueAxis, type Axis, type Described } from './frame.ts';

export interface HistogramChart extends Described {
  readonly x: Axis;
  /** What is counted. */
  readonly counted?: string;
  /** Ends of the ranges, one more than there are counts. */
  readonly edges: readonly number[];
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

export function histogram({ title, x, counted = 'rows', edges, series }: HistogramChart): Markup {
  const names = series.map(({ name }) => shortened(name));
  return drawn({
    title,
    height: 220,
    legend: names.length > 1 ? names : [],
    // Its ends are no round numbers.
    xAxis: valueAxis({ min: edges[0]!, max: edges.at(-1)!, ...x }, { showMinLabel: x.min !== undefined, showMaxLabel: x.max !== undefined }),
    yAxis: valueAxis({ name: counted, min: 0, whole: true }),
    series: series.map(({ counts }, at) => ({
      name: names[at],
      type: 'custom',
      color: seriesColour(at),
      renderItem: columnOf(edges, counts, at),
      data: counts.map((count, i) => [edges[i], count]),
      encode: { x: 0, y: 1 },
    })),
    titles: series.map(
      ({ name, counts }) =>
        (mark: number) =>
          counts[mark] === undefined
            ? undefined
            : `${name}: ${fourDigits(counts[mark])} ${counted} from ${fourDigits(edges[mark]!)} to ${fourDigits(edges[mark + 1]!)}`,
    ),
  });
}

function columnOf(edges: readonly number[], counts: readonly number[], at: number): DrawItem {
  return ({ dataIndex }, api) => {
    const [left, bottom] = api.coord([edges[dataIndex]!, 0]) as [number, number];
    const [right, top] = api.coord([edges[dataIndex + 1]!, counts[dataIndex]!]) as [number, number];
    return {
      type: 'rect',
      shape: { x: left, y: top, width: right - left, height: bottom - top },
      style: { fill: seriesColour(at), opacity: 0.55, stroke: seriesColour(at), lineWidth: 1 },
    };
  };
}
