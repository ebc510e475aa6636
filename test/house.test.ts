// The sizes that CONTRIBUTING.md promises: a newcomer reads a file in one sitting and finds it in a short list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';

const MOST_LINES = 400;
const MOST_FILES = 15;
const MOST_FOLDER_LINES = 1200;

function folders(folder: string): readonly string[] {
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inner.flatMap(({ name }) => folders(join(folder, name)))];
}

test('files and folders of src are small', () => {
  const found: string[] = [];
  for (const folder of folders(join(ROOT, 'src'))) {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = files.map(({ name }) => [name, readFileSync(join(folder, name), 'utf8').split('\n').length] as const);
    if (files.length > MOST_FILES) found.push(`${folder}: ${files.length} files`);
    const lines = sizes.reduce((sum, [, own]) => sum + own, 0);
    if (lines > MOST_FOLDER_LINES) found.push(`${folder}: ${lines} lines`);
    for (const [name, own] of sizes) if (own > MOST_LINES) found.push(`${join(folder, name)}: ${own} lines`);
  }
  expect(found).toEqual([]);
});
