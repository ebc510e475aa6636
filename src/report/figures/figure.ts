// Figures of one's own: pictures and charts in a terminal, as SVG, as PNG, or in the report of a run.
import { toBase64 } from '../../core/encoding/base64.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord, Picture, RunEvent } from '../../core/events.ts';
import { withDisplay } from '../../core/notebook.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { escape } from '../markup.ts';
import { colorDepth, isTerminal, type ColorDepth, type Stream } from '../terminal/depth.ts';
import { fitted, pictureLines } from '../terminal/picture.ts';
import { imagesPicture } from './images.ts';
import type { BarsFigure, Chart, HeatMapFigure, HistogramFigure, ImagesFigure, LinesFigure, ScatterFigure, SpreadFigure } from './kinds.ts';
import { chartLines } from './text.ts';

export type FigureOptions = ImagesFigure | LinesFigure | ScatterFigure | HistogramFigure | HeatMapFigure | BarsFigure | SpreadFigure;

export interface TextOptions {
  /** Most letters of a line. Default: 80. */
  readonly columns?: number;
  /** Pictures in true colour, for terminals that have it. Default: in characters. */
  readonly color?: boolean;
}

export interface Figure {
  /** As text: pictures, and of charts what is large and what is small. */
  text(options?: TextOptions): string;
  /** As the text of an SVG file. */
  svg(): Promise<string>;
  /**
   * As the bytes of a PNG file, `scale` times as large each way: by default 4 of pictures, 2 of charts. Charts need the package `sharp`,
   * and Node.
   */
  png(scale?: number): Promise<Uint8Array>;
  /** In a stage, given its context: in the terminal of the run, its record and its report. Anywhere else: on the console, pictures in the colours that a terminal has. */
  show(context?: Pick<StageContext, 'emit' | 'stage'>): void;
}

/**
 * Draws a figure: pictures (`images`), or a chart of `lines`, `scatter`, `histogram`, `heatMap`, `bars` or `spread`.
 *
 * @throws E_SHAPE for pictures that are not of that size, E_DATA for a number that is not finite, or a group of `spread` without values
 * @example
 * const losses = figure({ kind: 'lines', title: 'Loss', x: { name: 'iteration' }, y: { name: 'loss' }, series: [{ name: 'fit', points: [[0, 0.69], [1, 0.31]] }] });
 * losses.show(); // in a stage: losses.show(context)
 * const file = await losses.svg(); // or losses.png(), with the package sharp
 */
export function figure(options: FigureOptions): Figure {
  return options.kind === 'images' ? ofPicture(imagesPicture(options)) : ofChart(options.kind === 'histogram' ? counted(options) : options);
}

function ofPicture(picture: Picture): Figure {
  const png = async (scale = 4): Promise<Uint8Array> => (await import('../png.ts')).png(picture, scale);
  const print = (columns: number, depth: ColorDepth): string => [picture.caption, ...pictureLines(fitted(picture, columns), depth)].join('\n');
  const rest: Drawn = {
    png,
    text: ({ columns = 80, color = false }: TextOptions = {}) => print(columns, color ? 'true' : 'none'),
    async svg() {
      const [width, height] = [picture.width * 4, picture.height * 4];
      const data = toBase64(await png(1));
      return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${escape(picture.caption)}"><image width="${width}" height="${height}" style="image-rendering:pixelated" href="data:image/png;base64,${data}"/></svg>`;
    },
  };
  const figure = shown({ type: 'picture', of: 'figure', picture }, rest, print);
  return withDisplay(figure, async () => ({ 'text/plain': picture.caption, 'image/png': toBase64(await png()) }));
}

function ofChart(chart: Chart): Figure {
  const kept = checked(chart);
  const svg = async (): Promise<string> => {
    const { drawChart, standAlone } = await import('./draw.ts');
    return standAlone(drawChart(kept).text);
  };
  const figure = shown(
    { type: 'figure', chart: kept as unknown as JsonRecord },
    {
      text: ({ columns = 80 } = {}) => chartLines(kept, columns).join('\n'),
      svg,
      png: async (scale = 2) => (await import('./chartPng.ts')).chartPng(await svg(), scale),
    },
    (columns) => chartLines(kept, columns).join('\n'),
  );
  return withDisplay(figure, async () => ({ 'text/plain': figure.text(), 'image/svg+xml': await figure.svg() }));
}

type Drawn = Pick<Figure, 'text' | 'svg' | 'png'>;
type Unplaced<T> = T extends unknown ? Omit<T, 'stage'> : never;

/** @param print as text, for a terminal */
function shown(event: Unplaced<Extract<RunEvent, { type: 'picture' | 'figure' }>>, rest: Drawn, print: (columns: number, depth: ColorDepth) => string): Figure {
  return {
    ...rest,
    show(context) {
      if (context) context.emit({ ...event, stage: context.stage } as RunEvent);
      else console.log(onConsole(print));
    },
  };
}

/** As wide and in as many colours as the terminal is; in a page, which has none, in characters. */
function onConsole(print: (columns: number, depth: ColorDepth) => string): string {
  const { stdout = {}, env = {} }: { readonly stdout?: Stream; readonly env?: NodeJS.ProcessEnv } = globalThis.process ?? {};
  return print((isTerminal(stdout, env) && stdout.columns) || 80, colorDepth(stdout, env));
}

/** What a record keeps of a chart: JSON, which knows no NaN. */
function checked(chart: Chart): Chart {
  const empty = chart.kind === 'spread' ? chart.groups.find(({ values }) => values.every((value) => value === null)) : undefined;
  if (empty) throw new PipelineError('E_DATA', `figure: group '${empty.name}' of '${chart.title}' has no values.`, { hint: 'Leave the group out.' });
  const text = JSON.stringify(chart, (key, value: unknown) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    throw new PipelineError('E_DATA', `figure: a number of '${chart.title}' is ${value} (${key}).`, { hint: 'Leave it out, or give null for y of a line.' });
  });
  return JSON.parse(text) as Chart;
}

/** As numpy counts: the last range has both its ends. */
function counted({ title, x, series, bins = 10 }: HistogramFigure): Chart {
  const all = series.flatMap(({ values }) => Array.from(values));
  const [low, high] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)];
  if (!Number.isFinite(low) || !Number.isFinite(high) || all.some(Number.isNaN)) {
    throw new PipelineError('E_DATA', `figure: '${title}' has no values, or one that is not finite.`, { hint: 'Leave out what is not finite.' });
  }
  // One value alone stands in the middle of a range of 1.
  const [start, end] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? end : start + ((end - start) * i) / bins));
  return {
    kind: 'histogram',
    title,
    x,
    edges,
    series: series.map(({ name, values }) => {
      const counts = new Array<number>(bins).fill(0);
      for (const value of Array.from(values)) {
        let bin = Math.min(bins - 1, Math.floor(((value - start) / (end - start)) * bins));
        if (value < edges[bin]!) bin--;
        else if (bin + 1 < bins && value >= edges[bin + 1]!) bin++;
        counts[bin]!++;
      }
      return { name, counts };
    }),
  };
}
