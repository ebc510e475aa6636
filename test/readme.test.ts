// Every TypeScript block of the README and of docs/ compiles as it stands.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';
import { project } from './support/project.ts';

test('the examples of the README and of docs/ compile', async () => {
  const { folder, write } = project();
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  const blocks = pages.flatMap((page) => [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!));
  symlinkSync(join(ROOT, 'node_modules/rxjs'), join(folder, 'node_modules/rxjs'));
  expect(blocks.length).toBeGreaterThan(4);
  blocks.forEach((code, i) => write(`block-${i + 1}.ts`, `${code}export {};\n`));
  // Which other blocks import.
  write('mnist-2detector.ts', blocks[0]!);
  write(
    'mean.ts',
    blocks.find((code) => code.includes('export const mean ='))!,
  );
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom'],
    module: 'nodenext',
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], (_error, stdout) => resolve(stdout));
  });
  expect(output).toBe('');
});
