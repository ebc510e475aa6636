// What figures may be: pictures, and the charts of reports, as plain objects that a record of a run can keep.
import type { FeatureArray, Matrix } from '../../core/data/matrix.ts';
import type { BarsChart } from '../charts/bars.ts';
import type { Axis } from '../charts/frame.ts';
import type { HeatMapChart } from '../charts/heatMap.ts';
import type { HistogramChart } from '../charts/histogram.ts';
import type { LinesChart } from '../charts/lines.ts';
import type { ScatterChart } from '../charts/scatter.ts';
import type { SpreadChart } from '../charts/spread.ts';

/** Pictures side by side, as `imshow` of matplotlib draws them with `interpolation='nearest'`. */
export interface ImagesFigure {
  readonly kind: 'images';
  /** What they show, in a sentence. */
  readonly title: string;
  /** A picture a row, line by line; `[width * height]` numbers, or three for each pixel: red, green and blue. */
  readonly x: Matrix | FeatureArray;
  readonly width: number;
  readonly height: number;
  /** Pictures beside each other. Default: 8. */
  readonly columns?: number;
  /** Names of matplotlib. Default: `binary`, from white to black; `gray` from black to white; `RdBu_r` from blue to red. */
  readonly cmap?: 'binary' | 'gray' | 'RdBu_r';
  /** What has the first colour, and what the last. Default: 0 and 255 for bytes, otherwise the smallest and the largest number. */
  readonly vmin?: number;
  readonly vmax?: number;
}

/** How many values fall into which range, as `hist` of matplotlib counts them. */
export interface HistogramFigure {
  readonly kind: 'histogram';
  readonly title: string;
  readonly x: Axis;
  readonly series: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  /** Ranges of equal width from the smallest to the largest value of all series. Default: 10. */
  readonly bins?: number;
}

export type LinesFigure = { readonly kind: 'lines' } & LinesChart;
export type ScatterFigure = { readonly kind: 'scatter' } & ScatterChart;
export type BarsFigure = { readonly kind: 'bars' } & BarsChart;
/** A table as shades. */
export type HeatMapFigure = { readonly kind: 'heatMap' } & Omit<HeatMapChart, 'text'>;
/** A few numbers of each group as dots, such as scores of folds, with mean and standard deviation. */
export type SpreadFigure = { readonly kind: 'spread' } & SpreadChart;

/** A chart as it is drawn and kept: of a histogram, what was counted. */
export type Chart = LinesFigure | ScatterFigure | BarsFigure | HeatMapFigure | SpreadFigure | ({ readonly kind: 'histogram' } & HistogramChart);
