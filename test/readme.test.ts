// Every TypeScript block of the README and of docs/ compiles as it stands, and every link between the pages leads somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';
import { compiled } from './support/compiled.ts';
import { project } from './support/project.ts';

const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('the links between the pages lead to files and headings that are there', () => {
  let links = 0;
  for (const page of PAGES) {
    for (const [, target] of readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file, anchor] = target!.split('#') as [string, string?];
      const there = file === '' ? page : join(dirname(page), file);
      expect(existsSync(join(ROOT, there)), `${page}: ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(there), `${page}: ${target}`).toContain(anchor);
      links++;
    }
  }
  expect(links).toBeGreaterThan(20);
});

test('the examples of the README and of docs/ compile', async () => {
  const made = project();
  const blocks = PAGES.flatMap((page) => [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!));
  expect(blocks.length).toBeGreaterThan(4);
  const exported = (code: string): string => code.replaceAll(/^(?=(?:const|function|async function|class) \w)/gm, 'export ');
  blocks.forEach((code, i) => made.write(`block-${i + 1}.ts`, `${exported(code)}export {};\n`));
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
  expect(await compiled(made, ['rxjs'], true)).toBe('');
});
