// A table as shades: confusion of true and predicted classes.
import type { Markup } from '../markup.ts';
import { seriesColour, TEXT } from './colours.ts';
import { FONT_SIZE, textWidth, type DrawItem } from './echarts.ts';
import { drawn, fourDigits, nameAxis, shortened, WIDTH, type Described } from './frame.ts';

export interface HeatMapChart extends Described {
  readonly rows: { readonly name: string; readonly names: readonly string[] };
  readonly columns: { readonly name: string; readonly names: readonly string[] };
  /** By row and column. */
  readonly values: readonly (readonly number[])[];
  /** How dark a cell is, 0 to 1: by default its share of the largest. */
  readonly shades?: readonly (readonly number[])[];
  /** What stands in a cell. */
  readonly text?: (value: number) => string;
}

/** Letters on the darkest cell can still be read, on white and on black. */
const DARKEST = 0.55;

export function heatMap({ title, rows, columns, values, shades, text = fourDigits }: HeatMapChart): Markup {
  const most = Math.max(...values.flat(), 0) || 1;
  const across = columns.names.length;
  const short = (name: string): string => shortened(name, 16);
  const left = Math.max(...rows.names.map((name) => textWidth(short(name)))) + 44;
  const side = Math.min(64, Math.floor((WIDTH - left) / across));
  // Numbers that would run into each other are left to the titles.
  const fits = values.flat().every((value) => textWidth(text(value)) <= side - 2) && side >= FONT_SIZE + 2;
  const cell: DrawItem = ({ dataIndex }, api) => {
    const [i, j] = [Math.floor(dataIndex / across), dataIndex % across];
    const [x, y] = api.coord([j, i]) as [number, number];
    const [width, height] = api.size!([1, 1]) as [number, number];
    const share = shades ? shades[i]![j]! : values[i]![j]! / most;
    return {
      type: 'rect',
      shape: { x: x - width / 2 + 0.5, y: y - height / 2 + 0.5, width: width - 1, height: height - 1 },
      style: { fill: seriesColour(0), fillOpacity: 0.04 + (DARKEST - 0.04) * Math.max(0, Math.min(1, share)) },
      ...(fits
        ? { textContent: { type: 'text', style: { text: text(values[i]![j]!), fill: TEXT, fontSize: FONT_SIZE } }, textConfig: { position: 'inside' } }
        : {}),
    };
  };
  const widest = Math.max(...columns.names.map((name) => textWidth(short(name))));
  const turned = side >= FONT_SIZE && widest > side;
  return drawn({
    title,
    height: rows.names.length * Math.min(36, side) + 60 + (turned ? widest * 0.7 : 0),
    xAxis: nameAxis(columns.name, columns.names.map(short), { axisLabel: labels(side < FONT_SIZE ? 'auto' : 0, turned ? 45 : 0) }),
    yAxis: nameAxis(rows.name, rows.names.map(short), { inverse: true, axisLabel: labels(side < FONT_SIZE ? 'auto' : 0, 0) }),
    series: [{ type: 'custom', renderItem: cell, data: values.flatMap((row, i) => row.map((value, j) => [j, i, value])), encode: { x: 0, y: 1 } }],
    titles: [
      (mark) => {
        const [i, j] = [Math.floor(mark / across), mark % across];
        return values[i] && `${rows.name} ${rows.names[i]}, ${columns.name} ${columns.names[j]}: ${text(values[i][j]!)}`;
      },
    ],
  });
}

function labels(interval: number | 'auto', rotate: number): object {
  return { interval, rotate, color: TEXT, fontSize: FONT_SIZE, hideOverlap: interval === 'auto' };
}
