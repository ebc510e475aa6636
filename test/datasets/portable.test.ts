// Datasets load in a browser too: nothing under src/datasets may reach for Node, directly or through what it imports.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

const importsOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);

test('src/datasets imports only itself and src/core, and none of them a package or Node', () => {
  const files = readdirSync(join(SRC, 'datasets'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(SRC, 'datasets', name));
  expect(files.length).toBeGreaterThanOrEqual(6);
  const seen = new Set(files);
  for (const file of seen) {
    for (const specifier of importsOf(file)) {
      expect(specifier, `${relative(SRC, file)} imports ${specifier}`).toMatch(/^\.{1,2}\//);
      const target = resolve(dirname(file), specifier);
      expect(relative(SRC, target), `${relative(SRC, file)} imports ${specifier}`).toMatch(/^(core|datasets)\//);
      seen.add(target);
    }
    expect(readFileSync(file, 'utf8'), relative(SRC, file)).not.toMatch(/\b(process|Buffer|__dirname|require)\b[.(]/);
  }
});
