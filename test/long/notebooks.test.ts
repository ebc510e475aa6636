// The walk-through as a notebook, run by Jupyter in both TypeScript kernels: its cells, its pictures and its figures. Without Jupyter
// it fails, as CI must.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../support/cli.ts';

interface Cell {
  readonly cell_type: string;
  readonly source: readonly string[];
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly name?: string;
    readonly text?: readonly string[];
    readonly data?: Readonly<Record<string, string | readonly string[]>>;
  }[];
}

test.each(['tslab', 'deno'])('mnist-2detector.ipynb in %s', async (kernel) => {
  const out = mkdtempSync(join(tmpdir(), 'pipeline-notebook-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  await promisify(execFile)('npm', ['run', 'notebook', '--', '--kernel', kernel, '--out', out], { cwd: ROOT, maxBuffer: 1e8 });
  const { cells } = JSON.parse(readFileSync(join(out, `${kernel}.ipynb`), 'utf8')) as { cells: readonly Cell[] };
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  expect(outputs.filter(({ output_type, name }) => output_type === 'error' || name === 'stderr')).toEqual([]);
  const textOf = (found: Cell): string =>
    (found.outputs ?? []).map(({ text, data }) => [text ?? data?.['text/html'] ?? data?.['text/plain'] ?? ''].flat().join('')).join('\n');
  /** What the cell shows in which these words stand. */
  const shownBy = (words: string): string => {
    const found = cells.filter(({ cell_type, source }) => cell_type === 'code' && source.join('').includes(words));
    expect(found, words).not.toEqual([]);
    return textOf(found.at(-1)!).replaceAll('\u202f', ' ');
  };
  expect(shownBy('display(fetched')).toContain('70 000 rows, 784 columns');
  expect(shownBy('show({ row')).toMatch(/<img\s+src="data:image\/png;base64,[\s\S]*row 36 001, label 2/);
  expect(shownBy('shuffle({')).toContain('[12 628, 37 730, 39 991, 8 525, 8 279]');
  expect(shownBy('binarize({')).toContain('train positives 5 958');
  expect(shownBy('predict({')).toContain('row 36 001: 2 (probability of 2: 0.98');
  expect(shownBy('crossValidate({')).toMatch(/accuracy 0\.97\d\d ± 0\.000\d in 3 folds/);
  // A row of each fold may fall to the other side on another adapter.
  expect(Math.abs(Number(shownBy("['meanScore']")) - 0.979016)).toBeLessThan(1 / 20_000);
  expect(shownBy("score({ on: 'test'")).toMatch(/test accuracy 0\.980\d/);
  // What earlier cells computed came from the cache.
  expect(shownBy("score({ on: 'test'")).toMatch(/= fit +cached/);
  expect(readFileSync(join(out, `${kernel}.html`), 'utf8')).toContain('The first walk through MNIST');
});
