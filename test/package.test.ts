// What `npm publish` would send: all that a user needs, and nothing that is only ours.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

test('the package holds what runs, and no tests, maps, data or paths of this machine', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'], { cwd: ROOT, maxBuffer: 1e7 });
  const [{ files, size, unpackedSize }] = JSON.parse(stdout) as [Packed];
  const paths = files.map(({ path }) => path);
  expect([...new Set(paths.map((path) => path.split('/')[0]))].toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'package.json',
    'pipelines',
    'templates',
  ]);
  expect(paths).toEqual(
    expect.arrayContaining([
      'bin/pipeline.js',
      ...['index', 'node', 'browser', 'estimator', 'testing'].map((name) => `dist/${name}.d.ts`),
      ...['index', 'browser', 'node', 'estimator', 'testing', 'main'].map((name) => `dist/${name}.js`),
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
  expect(paths.filter((path) => /^dist\/(?:cli|core|runtime)\//.test(path))).toEqual([]);
  // All code is there once: what pages predict with and what is in one file for them stands apart.
  const texts = paths.filter((path) => /^dist\/[^/]+\.js$/.test(path) && path !== 'dist/predictor.js').map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const said = texts.flatMap((text) => [...new Set(text.match(/`[^`$]{60,}`/g))]);
  expect(said.length).toBeGreaterThan(500);
  expect(said.filter((text, i) => said.indexOf(text) < i).length).toBeLessThan(10);
  // It imports what a user has.
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  const imported = texts.flatMap((text) => [...text.matchAll(/\bfrom"([^"]+)"|\bimport(?:"|\([`"])([^"`$]+)["`]/g)].map(([, from, at]) => from ?? at!));
  const packages = new Set(imported.filter((name) => !/^(?:\.|node:)/.test(name)).map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]));
  expect([...packages].filter((name) => !(name in dependencies! || name in peerDependencies!))).toEqual([]);
  expect(packages.size).toBeGreaterThan(10);
  expect(size).toBeLessThan(1e6);
  expect(unpackedSize).toBeLessThan(3.5e6);
  expect(paths.length).toBeLessThan(400);
});

test('public types name no type of WebGPU: up to TypeScript 5 a user has none', () => {
  const files = new Set(['index', 'node', 'browser', 'estimator', 'testing'].map((name) => join(ROOT, `dist/${name}.d.ts`)));
  // The set grows while it is walked.
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(text.match(/\bGPU[A-Z]\w*/g), file).toBeNull();
    for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g)) files.add(`${resolve(dirname(file), name!)}.d.ts`);
  }
  expect(files.size).toBeGreaterThan(10);
});

test('functions have the names that messages tell: who forgets to call one is told of it', async () => {
  const built = (await import(join(ROOT, 'dist/index.js'))) as Readonly<Record<string, unknown>>;
  const made = Object.entries(built).filter((one): one is [string, { readonly name: string }] => typeof one[1] === 'function');
  expect(made.length).toBeGreaterThan(150);
  const others = made.flatMap(([key, { name }]) => (name.replace(/\$\d+$/, '') === key ? [] : [key]));
  // Made by one function for all averages; nobody hands them to a stage uncalled.
  expect(others.toSorted()).toEqual(['f1Score', 'jaccardScore', 'precisionScore', 'recallScore']);
  const { fetch, fit, iris, pipeline, ridge, split } = built as Record<string, (...given: unknown[]) => unknown>;
  expect(() => pipeline!('p', fetch!(iris!()), split!({ test: 0.2 }), fit!(ridge))).toThrow('fit: the function ridge arrived; an estimator is needed.');
  expect(() => fetch!(iris)).toThrow('fetch: the function iris arrived; a source is needed.');
});

test('who finds types as TypeScript did before exports finds those of each entry', () => {
  const { exports, typesVersions } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
    readonly typesVersions: { readonly '*': unknown };
  };
  const typed = Object.entries(exports).flatMap(([path, to]) => (path === '.' || typeof to === 'string' ? [] : [[path.slice(2), [to.types]]]));
  expect(typed.length).toBeGreaterThan(3);
  expect(typesVersions['*']).toEqual(Object.fromEntries(typed));
});

test('what code names beside itself is there', () => {
  const named = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    if (!file.endsWith('.js')) return [];
    const folder = dirname(join(ROOT, 'dist', file));
    const text = readFileSync(join(ROOT, 'dist', file), 'utf8');
    // As far as a name is written down: its folder, where the rest is computed. Messages have single quotes, which code has none of.
    return Array.from(text.matchAll(/new URL\(([`"])([^`"$]*)(\$\{)?[^,]*?,\s*import\.meta\.url\s*\)/g), ([whole, , name, computed]) => {
      const path = computed ? name!.slice(0, name!.lastIndexOf('/') + 1) : name!;
      return { file, whole, path: path && resolve(folder, path) };
    });
  });
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter(({ path }) => path && !existsSync(path))).toEqual([]);
});
