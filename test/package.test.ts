// What `npm publish` would send: all that a user needs, and nothing that is only ours.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';

interface Packed {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

test('the package holds what runs, and no tests, maps, data or paths of this machine', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'], { cwd: ROOT, maxBuffer: 1e7 });
  const [{ files, unpackedSize }] = JSON.parse(stdout) as [Packed];
  const paths = files.map(({ path }) => path);
  expect([...new Set(paths.map((path) => path.split('/')[0]))].toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'docs',
    'package.json',
    'pipelines',
    'templates',
  ]);
  expect(paths).toEqual(
    expect.arrayContaining([
      'bin/pipeline.js',
      ...['index', 'browser', 'estimator'].map((name) => `dist/${name}.js`),
      ...['index', 'node', 'browser', 'estimator', 'testing'].map((name) => `dist/${name}.d.ts`),
      ...['index', 'node', 'estimator', 'testing', 'main'].map((name) => `dist/bundled/${name}.js`),
      'dist/kernels/margins/margins.wgsl',
      'dist/report/html/report.css',
      'dist/report/html/report.js',
      'dist/ui/page.html',
      'dist/ui/ui.css',
      'dist/ui/ui.js',
      'pipelines/mnist-2detector.ts',
      'pipelines/ink.wgsl',
      'templates/init/package.json',
      'templates/init/gitignore',
    ]),
  );
  expect(paths.filter((path) => /\.(test|bench)\.|\.map$|\.tsbuildinfo$|\.tgz$/.test(path))).toEqual([
    'templates/init/test/first.test.ts',
    'templates/init/test/points.test.ts',
    'templates/table/test/first.test.ts',
  ]);
  expect(paths.filter((path) => readFileSync(join(ROOT, path), 'utf8').includes(ROOT))).toEqual([]);
  expect(files.filter(({ size }) => size > 1e6)).toEqual([]);
  // The launches of `doctor --self-test` are there once.
  const selfTest = files.filter(({ path }) => /selfTest|testing\/draws/.test(path)).map(({ size }) => size);
  expect(selfTest.length).toBeGreaterThan(0);
  expect(selfTest.reduce((sum, size) => sum + size, 0)).toBeLessThan(60e3);
  expect(unpackedSize).toBeLessThan(6.5e6);
});

test('public types name no type of WebGPU: up to TypeScript 5 a user has none', () => {
  const files = new Set(['index', 'node', 'browser', 'estimator', 'testing'].map((name) => join(ROOT, `dist/${name}.d.ts`)));
  // The set grows while it is walked.
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(text.match(/\bGPU[A-Z]\w*/g), file).toBeNull();
    for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g)) files.add(`${resolve(dirname(file), name!)}.d.ts`);
  }
  expect(files.size).toBeGreaterThan(30);
});
