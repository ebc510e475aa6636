// Points of two numbers: residuals by what was predicted, rows by two components.
import type { Markup } from '../markup.ts';
import { lines, type Line, type LinesChart } from './lines.ts';

export interface ScatterChart extends Pick<LinesChart, 'title' | 'x' | 'y' | 'height'> {
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
  /** A line that the points are compared with, through two of its points. */
  readonly guide?: Line;
}

export function scatter({ series, guide, ...chart }: ScatterChart): Markup {
  return lines({ ...chart, series: [...(guide ? [{ ...guide, look: 'guide' as const }] : []), ...series.map((one) => ({ ...one, look: 'dots' as const }))] });
}
