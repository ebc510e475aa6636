// Columns of text as wide as their widest cell, by what a terminal shows of it.
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

/** Lines of aligned columns, none longer than `columns`. */
export function tableLines(rows: readonly (readonly string[])[], columns = Infinity): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell))));
  return rows.map((row) => cut(row.map((cell, i) => cell + ' '.repeat(widths[i]! - stringWidth(cell))).join('  '), columns).trimEnd());
}

/** A line cut to `columns`, with an ellipsis where something is missing. */
export function cut(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  const short = cliTruncate(line, columns);
  // A wide character across the edge stays whole there.
  return stringWidth(short) <= columns ? short : cliTruncate(line, columns - 1);
}
