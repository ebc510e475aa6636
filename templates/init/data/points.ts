// The dataset in points.csv: each row has two numbers and the group, 0 or 1, that it belongs to. Put your own data here.
import { readFile } from 'node:fs/promises';
import { matrix, PipelineError, type Dataset, type DatasetSource } from 'pipeline-gpu';

export const points: DatasetSource = {
  name: 'points',
  load: async () => pointsOf(await readFile(new URL('./points.csv', import.meta.url), 'utf8')),
};

/** Every column but the last is a feature. The last is the label: a whole number from 0 to 255. */
export function pointsOf(csv: string): Dataset<'all'> {
  const [header, ...lines] = csv.trim().split(/\r?\n/);
  const names = header!.split(',').map((name) => name.trim());
  const table = lines.map((line, i) => numbersOf(line.split(','), names, i + 2));
  const cols = names.length - 1;
  return {
    name: 'points',
    role: 'all',
    x: matrix(table.length, cols, Float32Array.from(table.flatMap((row) => row.slice(0, cols)))),
    columns: names.slice(0, cols),
    labels: Uint8Array.from(table, (row) => row[cols]!),
    rows: Uint32Array.from(table.keys()),
  };
}

/** Refuses what would be misread: an empty cell (as 0), or text or a label outside 0 to 255 (as another label). */
function numbersOf(cells: readonly string[], names: readonly string[], line: number): number[] {
  const refuse = (what: string, needed: string): never => {
    throw new PipelineError('E_DATA', `points.csv, line ${line}: ${what}; ${needed}.`, {
      hint: 'Correct the file, or skip such rows in data/points.ts; number classes that have names: names.indexOf(cell).',
    });
  };
  if (cells.length !== names.length) refuse(`${cells.length} cells`, `${names.length} are needed, for ${names.join(', ')}`);
  return cells.map((cell, i) => {
    const value = cell.trim() === '' ? NaN : Number(cell);
    const arrived = `'${cell.trim()}' in column ${names[i]}`;
    if (!Number.isFinite(value)) refuse(arrived, 'a number is needed');
    if (i === names.length - 1 && !(Number.isInteger(value) && value >= 0 && value <= 255)) refuse(arrived, 'labels are whole numbers from 0 to 255');
    return value;
  });
}
