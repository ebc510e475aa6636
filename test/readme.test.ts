// Every TypeScript block of the README and of docs/ compiles as it stands.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';
import { compiled } from './support/compiled.ts';
import { project } from './support/project.ts';

test('the examples of the README and of docs/ compile', async () => {
  const made = project();
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  const blocks = pages.flatMap((page) => [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!));
  expect(blocks.length).toBeGreaterThan(4);
  blocks.forEach((code, i) => made.write(`block-${i + 1}.ts`, `${code}export {};\n`));
  // Which other blocks import.
  made.write('mnist-2detector.ts', blocks[0]!);
  made.write(
    'mean.ts',
    blocks.find((code) => code.includes('export const mean ='))!,
  );
  for (const code of blocks) {
    const name = /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1];
    if (name !== undefined) made.write(name, code);
  }
  expect(await compiled(made, ['rxjs'])).toBe('');
});
