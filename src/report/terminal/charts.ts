// Small charts of text: the loss as a line of bars, a confusion matrix as a table.
import { number, printable } from './format.ts';
import { cut, tableLines, widthOf } from './table.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Letters of the longest bar. */
const BAR = 24;
/** No name is shorter than that where it has more letters. */
const LEAST_NAME = 6;

/** Values as bars, resampled to at most `width` of them; the smallest is the lowest bar. */
export function sparkline(values: readonly number[], width = 24): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return '';
  const count = Math.min(width, finite.length);
  const picked = Array.from({ length: count }, (_, i) => finite[count === 1 ? 0 : Math.round((i * (finite.length - 1)) / (count - 1))]!);
  const low = Math.min(...picked);
  const span = Math.max(...picked) - low || 1;
  return picked.map((value) => BARS[Math.round(((value - low) / span) * (BARS.length - 1))]).join('');
}

/** Values of a name as bars with a number behind each, the longest of `BAR` letters; what is below zero has its bar to the left. */
export function barLines(bars: readonly (readonly [name: string, value: number])[], columns: number): readonly string[] {
  const most = Math.max(...bars.map(([, value]) => Math.abs(value))) || 1;
  const twoSided = bars.some(([, value]) => value < 0);
  const half = twoSided ? BAR / 2 : 0;
  const numbers = bars.map(([, value]) => number(value));
  const room = columns - BAR - 4 - Math.max(...numbers.map(widthOf));
  const rows = bars.map(([name, value], i) => {
    const bar = '█'.repeat(Math.round((Math.abs(value) / most) * (BAR - half)));
    return [named(name, room), value < 0 ? bar.padStart(half) : `${' '.repeat(half)}${bar.padEnd(BAR - half)}`, numbers[i]!];
  });
  return tableLines(rows, columns);
}

/** A name from data, its middle left out where it has no room. */
export function named(name: string, room: number): string {
  return cut(printable(name), Math.max(LEAST_NAME, room), 'middle');
}

/**
 * `[true class][predicted class]` as lines; the share of each row that was right stands behind it. Names are shortened to fit into
 * `columns`; where there are too many classes for that, each says what it was taken for most often.
 */
export function confusionLines(confusion: readonly (readonly number[])[], names: readonly string[], columns = Infinity): readonly string[] {
  const cells = confusion.map((row) => row.map(number));
  const longest = Math.max(...names.map((name) => widthOf(printable(name))));
  const right = confusion.map((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return total === 0 ? '-' : `${((100 * row[i]!) / total).toFixed(1)} %`;
  });
  const least = Math.max(...cells.flat().map(widthOf));
  // What is left of a line for names, of which one stands before it: without gaps and the share at the end.
  const room = columns - names.length - '  '.length - ' 100.0 %'.length;
  const width = Math.max(least, Math.min(longest, Math.floor(room / (names.length + 1))));
  const side = Math.min(Math.max(longest, 'true'.length), room - width * names.length);
  if (side < Math.min(Math.max(longest, 'true'.length), LEAST_NAME)) return takenForLines(confusion, names, right, columns);
  const line = (first: string, row: readonly string[], last: string): string =>
    `${before(first, side)}  ${row.map((cell) => before(cell, width)).join(' ')}  ${last}`;
  const short = (most: number): readonly string[] => names.map((name) => cut(printable(name), most, 'middle'));
  const own = short(side);
  return [line('true', short(width), 'right'), ...cells.map((row, i) => line(own[i]!, row, right[i]!))];
}

function takenForLines(confusion: readonly (readonly number[])[], names: readonly string[], right: readonly string[], columns: number): readonly string[] {
  const room = Math.floor((columns - 'true  right  taken most often for'.length) / 2);
  const rows = confusion.map((row, i) => {
    const other = row.reduce((best, count, j) => (j !== i && count > (row[best] ?? 0) ? j : best), -1);
    return [named(names[i]!, room), right[i]!, other < 0 ? '-' : `${named(names[other]!, room)} ${number(row[other]!)}`];
  });
  return tableLines([['true', 'right', 'taken most often for'], ...rows], columns);
}

function before(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}
