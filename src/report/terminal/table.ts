// Columns of text as wide as their widest cell, by what a terminal shows of it.
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

/** Letters and marks of one column each. Looking up any others loads tables for 60 ms, once in a process. */
const NARROW = /^[ -~\u00ae-\u02ff\u2500-\u259f▸✔✖…]*$/;
/** As picocolors writes them. */
// oxlint-disable-next-line no-control-regex
const COLORS = /\u001b\[[\d;]*m/g;

/** Lines of aligned columns, none longer than `columns`. */
export function tableLines(rows: readonly (readonly string[])[], columns = Infinity): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  return rows.map((row) => cut(row.map((cell, i) => cell + ' '.repeat(widths[i]! - widthOf(cell))).join('  '), columns).trimEnd());
}

/** A line cut to `columns`, with an ellipsis where something is missing. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const short = cliTruncate(line, columns);
  // A wide character across the edge stays whole there.
  return widthOf(short) <= columns ? short : cliTruncate(line, columns - 1);
}

function widthOf(text: string): number {
  const plain = text.replaceAll(COLORS, '');
  return NARROW.test(plain) ? plain.length : stringWidth(plain);
}
