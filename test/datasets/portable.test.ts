// Datasets load in a browser too: nothing under src/datasets may reach for Node, directly or through what it imports.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

const importsOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);

/** Packages that decode, and who names them; each is loaded when such bytes are read. */
const DECODERS: Readonly<Record<string, string>> = {
  fzstd: 'formats/bytes/zstd.ts',
  'fast-png': 'datasets/pictures/png.ts',
  'jpeg-js': 'datasets/pictures/jpeg.ts',
};

test('src/datasets imports core, formats and dsl, and none of them Node, or a package but those that unpack and decode', () => {
  const files = readdirSync(join(SRC, 'datasets'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(SRC, 'datasets', name));
  expect(files.length).toBeGreaterThanOrEqual(6);
  const seen = new Set(files);
  for (const file of seen) {
    for (const specifier of importsOf(file)) {
      if (DECODERS[specifier] === relative(SRC, file).replaceAll('\\', '/')) continue;
      expect(specifier, `${relative(SRC, file)} imports ${specifier}`).toMatch(/^\.{1,2}\//);
      const target = resolve(dirname(file), specifier);
      expect(relative(SRC, target), `${relative(SRC, file)} imports ${specifier}`).toMatch(/^(core|datasets|formats|dsl)\//);
      if (!relative(SRC, target).startsWith('dsl/')) seen.add(target); // what dsl imports, the test of the browser's bundle looks at
    }
    expect(readFileSync(file, 'utf8'), relative(SRC, file)).not.toMatch(/\b(process|Buffer|__dirname|require)\b[.(]/);
  }
});
