// The dataset of points.csv: two numbers a row, and which of two groups the row belongs to. Put your own data here.
import { readFile } from 'node:fs/promises';
import { matrix, type DatasetSource } from 'pipeline-gpu';

export const points: DatasetSource = {
  name: 'points',
  load: async () => {
    const text = await readFile(new URL('./points.csv', import.meta.url), 'utf8');
    const table = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    return {
      name: 'points',
      role: 'all',
      x: matrix(table.length, 2, Float32Array.from(table.flatMap(([x, y]) => [x!, y!]))),
      labels: Uint8Array.from(table, (row) => row[2]!),
      rows: Uint32Array.from(table.keys()),
    };
  },
};
