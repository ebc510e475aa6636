// A schema for a file of OpenML, by the types that the file gives its columns.
import type { ArffColumn } from '../../formats/arff/parser.ts';
import type { CellSink, TableFile, TableReadOptions } from '../../formats/format.ts';
import { category, date, number, type Column } from '../columns.ts';

/** A feature for each column of an ARFF file: nominal ones with their names, in the order of the file. */
export function ofArff(columns: readonly ArffColumn[]): ReadonlyMap<string, Column> {
  return new Map(columns.map((column) => [column.name, ofAttribute(column)]));
}

function ofAttribute({ type, values = [], format }: ArffColumn): Column {
  if (type === 'number') return number();
  if (type === 'nominal') return category({ names: [...new Set(values)] });
  if (type === 'text') return category();
  if (format === undefined) return date();
  const ours = dateFormat(format);
  return ours === undefined ? category() : date({ format: ours });
}

/** A format of Java in the words of `date`; undefined where that has none. */
function dateFormat(java: string): string | undefined {
  const words: Readonly<Record<string, string>> = { yyyy: 'YYYY', dd: 'DD' };
  const ours = java.replaceAll(/'([^']*)'|[A-Za-z]+/g, (part: string, literal?: string) => literal ?? words[part] ?? part);
  const used: readonly string[] = java.replaceAll(/'[^']*'/g, '').match(/[A-Za-z]+/g) ?? [];
  const known = used.every((word) => ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'].includes(word));
  return known && ['yyyy', 'MM', 'dd'].every((word) => used.includes(word)) ? ours : undefined;
}

/** A feature for each column of a file that tells types cell by cell: numbers, dates, and names for all else. */
export async function ofCells(file: TableFile, options: TableReadOptions): Promise<ReadonlyMap<string, Column>> {
  const seen = new Map<string, { texts: boolean; moments: boolean }>();
  await file.read(options, (names) => ({
    cells: names.map((name): CellSink => {
      const own = { texts: false, moments: false };
      seen.set(name, own);
      return {
        numeric: true,
        number: () => undefined,
        text: () => void (own.texts = true),
        missing: () => undefined,
        moment: () => void (own.moments = true),
      };
    }),
    endRow: () => {},
  }));
  return new Map(Array.from(seen, ([name, { texts, moments }]) => [name, texts ? category() : moments ? date() : number()]));
}
