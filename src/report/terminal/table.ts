// Columns of text as wide as their widest cell, by what a terminal shows of it.
import { lazily } from './lazily.ts';

const cliTruncate = lazily<typeof import('cli-truncate')>('cli-truncate');
const stringWidth = lazily<typeof import('string-width')>('string-width');

/** Letters and marks of one column each, and the space in our numbers. Looking up any others loads tables for 60 ms, once in a process. */
const NARROW = /^[ -~\u00ae-\u02ff\u202f\u2500-\u259f▸✔✖…]*$/;
/** Columns that text which goes on in another line has at least, where there are so many. */
const LEAST_WIDE = 24;
/** As picocolors writes them. */
// oxlint-disable-next-line no-control-regex
const COLORS = /\u001b\[[\d;]*m/g;

/** Lines of aligned columns, none longer than `columns`. */
export function tableLines(rows: readonly (readonly string[])[], columns = Infinity): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  return rows.map((row) => cut(row.map((cell, i) => cell + ' '.repeat(widths[i]! - widthOf(cell))).join('  '), columns).trimEnd());
}

/** The same, of as many columns as fit without a cut, from the first; of the first `least` all are there. */
export function fittingColumns(rows: readonly (readonly string[])[], least: number, columns: number): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const whole = Array.from({ length: Math.max(0, count - least) }, (_, i) => count - i).find(
    (first) => Math.max(...tableLines(rows.map((row) => row.slice(0, first))).map(widthOf)) <= columns,
  );
  return tableLines(
    rows.map((row) => row.slice(0, whole ?? least)),
    columns,
  );
}

/** Aligned columns of which the last one goes on below itself, where the line would be too long. */
export function wrappedTable(rows: readonly (readonly string[])[], columns = Infinity): readonly string[] {
  const last = Math.max(0, ...rows.map((row) => row.length - 1));
  const widths = Array.from({ length: last }, (_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  const lead = widths.reduce((sum, width) => sum + width + 2, 0);
  return rows.flatMap((row) => {
    const first = widths.map((width, i) => `${row[i] ?? ''}${' '.repeat(width - widthOf(row[i] ?? ''))}  `).join('');
    return wrapped(first, lead, (row[last] ?? '').split(', '), columns);
  });
}

/**
 * A line of `parts`, behind `first` and with commas between them; where it would be longer than `columns` it goes on in
 * the next one, `indent` letters in. A part stays whole unless it alone is too long.
 */
export function wrapped(first: string, indent: number, parts: readonly string[], columns: number): readonly string[] {
  // A narrow column at the right edge is harder to read than a wide one further left.
  const left = Math.min(indent, Math.max(2, columns - LEAST_WIDE));
  // One part is a sentence, which goes on in the next line word by word.
  const pieces =
    parts.length === 1
      ? parts[0]!.split(/(?<= )/).flatMap((word) => piecesOf(word, columns - left))
      : parts.flatMap((part, i) => piecesOf(i < parts.length - 1 ? `${part}, ` : part, columns - left));
  const lines = [first];
  let empty = widthOf(first) <= left;
  for (const piece of pieces) {
    if (!empty && widthOf(`${lines.at(-1)!}${piece}`.trimEnd()) > columns) lines.push(' '.repeat(left));
    lines[lines.length - 1] += piece;
    empty = false;
  }
  return lines.map((line) => line.trimEnd());
}

/** The text, or its words and items, or pieces of a word, each at most `room` wide. */
function piecesOf(text: string, room: number): readonly string[] {
  const fits = (one: string): boolean => widthOf(one.trimEnd()) <= room;
  if (fits(text)) return [text];
  return text.split(/(?<=[ |,])/).flatMap((word) => {
    if (fits(word)) return [word];
    const size = NARROW.test(word) ? room : Math.max(1, Math.floor(room / 2));
    const letters = [...word];
    return Array.from({ length: Math.ceil(letters.length / size) }, (_, i) => letters.slice(i * size, (i + 1) * size).join(''));
  });
}

/** A line cut to `columns`, with an ellipsis where something is missing: of names in the middle, as their ends say most. */
export function cut(line: string, columns: number, position: 'end' | 'middle' = 'end'): string {
  if (widthOf(line) <= columns) return line;
  const truncate = cliTruncate()?.default;
  if (!truncate) return `${[...line].slice(0, columns - 1).join('')}…`;
  const short = truncate(line, columns, { position });
  // A wide character across the edge stays whole there.
  return widthOf(short) <= columns ? short : truncate(line, columns - 1, { position });
}

/** Columns that a terminal shows a text in; in pages, where each letter counts as one, about so many. */
export function widthOf(text: string): number {
  const plain = text.replaceAll(COLORS, '');
  return NARROW.test(plain) ? plain.length : (stringWidth()?.default(plain) ?? [...plain].length);
}
