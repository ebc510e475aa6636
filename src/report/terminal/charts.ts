// Small charts of text: the loss as a line of bars, a confusion matrix as a table.
import { number } from './format.ts';

const BARS = '▁▂▃▄▅▆▇█';

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

/** `[true class][predicted class]` as lines; the share of each row that was right stands behind it. */
export function confusionLines(confusion: readonly (readonly number[])[], names: readonly string[]): readonly string[] {
  const cells = confusion.map((row) => row.map(number));
  const width = Math.max(...names.map((name) => name.length), ...cells.flat().map((cell) => cell.length));
  const side = Math.max(...names.map((name) => name.length), 'true'.length);
  const header = `${'true'.padStart(side)}  ${names.map((name) => name.padStart(width)).join(' ')}  right`;
  return [
    header,
    ...cells.map((row, i) => {
      const total = confusion[i]!.reduce((sum, count) => sum + count, 0);
      const right = total === 0 ? '-' : `${((100 * confusion[i]![i]!) / total).toFixed(1)} %`;
      return `${names[i]!.padStart(side)}  ${row.map((cell) => cell.padStart(width)).join(' ')}  ${right}`;
    }),
  ];
}
