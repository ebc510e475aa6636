// Builds dist/ from src/: the code in few files, the same for Node and for bundlers of pages; the types that users meet; and beside them
// what reports and the local page load. Node loads few files sooner than hundreds, and a bundler leaves out what a page does not use.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { rolldown, type ChunkingContext, type CodeSplittingGroup, type OutputAsset, type OutputChunk, type Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { dts } from 'rolldown-plugin-dts';
import { minify } from 'terser';
import { withoutComments, wgslAsData } from '../src/runtime/node/code/bundle.ts';

const TYPES = '.cache/types';
const PUBLIC = ['index', 'browser', 'estimator', 'node', 'testing'];
/** Files of their own, whoever imports them: what the entries of Node and of pages have in common, listed once, and what importing has an effect of. */
const APART = ['api', 'standalone'];
/** A worker thread loads it by its place beside the code that starts it. */
const THREAD = 'estimators/sgd/descent/apart';
/** By names of their own, for tests and measurements. */
const INSIDE = ['cli/load/load', 'core/events', 'runtime/node/surroundings'];
const CHARTS = 'report/charts/echarts';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** All nodes of a type, in order. */
function nodesOf<T extends Node>(type: string, node: unknown): readonly T[] {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap((part) => nodesOf<T>(type, part));
  return (node as Node).type === type ? [node as T, ...inner] : inner;
}

/** @param edits `[start, end, text]`, from the first to the last */
function edited(text: string, edits: readonly (readonly [number, number, string])[]): string {
  let made = '';
  let at = 0;
  for (const [start, end, put] of edits) {
    made += text.slice(at, start) + put;
    at = end;
  }
  return made + text.slice(at);
}

/** Imports of these stay imports. */
const apart: Plugin = {
  name: 'apart',
  resolveId: {
    filter: { id: /\/(?:api|standalone|echarts)\.ts$/ },
    handler(id, importer) {
      if (importer === undefined) return undefined;
      const name = basename(id, '.ts');
      return { id: `./${name === 'echarts' ? CHARTS : name}.js`, external: true };
    },
  },
};

/** All code stands at the top of dist/: what names a file beside its own, or a folder above, names it from there. */
const placed: Plugin = {
  name: 'placed',
  transform: {
    filter: { id: /[\\/]src[\\/].*\.ts$/, code: /import\.meta\.url/ },
    handler(code, id) {
      interface Url extends Node {
        readonly callee: { readonly name?: string };
        readonly arguments: readonly (Node & {
          readonly value?: unknown;
          readonly quasis?: readonly (Node & { readonly value: { readonly raw: string } })[];
        })[];
      }
      const edits = nodesOf<Url>('NewExpression', parseAst(code, { lang: 'ts' })).flatMap(({ callee, arguments: [name, base] }) => {
        if (callee.name !== 'URL' || !name || base?.type !== 'MemberExpression') return [];
        const path = name.quasis?.[0]?.value.raw ?? name.value;
        if (typeof path !== 'string') return [];
        const found = relative('src', join(dirname(id), path)).replaceAll('\\', '/');
        const fromTop = `${found.startsWith('..') ? found : `./${found}`}${path.endsWith('/') ? '/' : ''}`;
        return [[name.start, name.end, code.slice(name.start, name.end).replace(path, () => fromTop)] as const];
      });
      return edited(code, edits);
    },
  },
};

/**
 * A module that nobody imports is left out; of a file of many, bundlers leave out what they know to have no effect, which calls have not.
 * What a constant of ours is made by has none. Done to what is written, as minifiers drop comments.
 */
function unusedUnlessRead(text: string): string {
  interface Declaration extends Node {
    readonly declarations: readonly { readonly init?: (Node & { readonly expressions?: readonly unknown[] }) | null }[];
  }
  const simple = /^(?:Literal|Identifier|ArrowFunctionExpression|FunctionExpression|ClassExpression)$/;
  const made = parseAst(text, { lang: 'js' }).body.flatMap((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') return [];
    return (declaration as Declaration).declarations.flatMap(({ init }) => (init && !simple.test(init.type) && init.expressions?.length !== 0 ? [init] : []));
  });
  return edited(
    text,
    made.flatMap(({ start, end }) => [
      [start, start, '/*@__PURE__*/(()=>('],
      [end, end, '))()'],
    ]),
  );
}

function write(name: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join('dist', name)), { recursive: true });
  writeFileSync(join('dist', name), text);
}

const pathOf = (name: string): string => resolve('src', `${name}.ts`);

/** Modules and all that they import, at once or later too. */
function reachedFrom(ids: readonly string[], later: boolean, context: ChunkingContext): ReadonlySet<string> {
  const reached = new Set(ids);
  // The set grows while it is walked.
  for (const id of reached) {
    const info = context.getModuleInfo(id);
    for (const inner of [...(info?.importedIds ?? []), ...(later ? (info?.dynamicallyImportedIds ?? []) : [])]) reached.add(inner);
  }
  return reached;
}

let pages: ReadonlySet<string> | undefined;
/** Pages have nothing of Node, so what they may load is apart from what only Node does. */
const inPages = (id: string, context: ChunkingContext): boolean => (pages ??= reachedFrom(['api', 'browser'].map(pathOf), true, context)).has(id);

const ENTRIES = Object.fromEntries([...PUBLIC, ...APART, THREAD, ...INSIDE, 'cli/main'].map((name) => [name, pathOf(name)]));
/** Those with a name of their own stay what package.json says of them, and may wait for what they load. */
const isEntry = (id: string): boolean => dirname(id) === resolve('src') || id === ENTRIES['cli/main'];

/** A file of what this imports at once, less what the groups before it hold. */
function loadedWith(entry: string, fits: typeof inPages = () => true): CodeSplittingGroup {
  let reached: ReadonlySet<string> | undefined;
  const name = `with-${basename(entry)}`;
  return {
    debugName: name,
    name: (id, context) => (!isEntry(id) && (reached ??= reachedFrom([pathOf(entry)], false, context)).has(id) && fits(id, context) ? name : null),
  };
}

// What the bundler adds for old syntax is none.
const isPackage = (id: string): boolean => !id.startsWith('@oxc-project/') && !/^[./]|^[A-Z]:/.test(id) && !id.startsWith('src/');

/** What not all runs load, and takes long. */
const isMore = (name: string): boolean => (isPackage(name) && !/^(?:node:|(?:rxjs|zod)(?:\/|$))/.test(name)) || name.endsWith(`${CHARTS}.js`);
/** Whoever shares a file with a module that loads such would load it, too. */
const loadsMore = (id: string, context: ChunkingContext): boolean =>
  [...reachedFrom([id], false, context)].some((inner) => context.getModuleInfo(inner)?.importedIds.some(isMore));

rmSync('dist', { recursive: true, force: true });
const code = await rolldown({
  input: ENTRIES,
  platform: 'neutral',
  external: isPackage,
  // What registers itself is imported for that.
  treeshake: { annotations: false },
  checks: { ineffectiveDynamicImport: false },
  plugins: [apart, placed],
});
/** Whether one of these files imports itself by way of others: what it has is then used before it is made. */
function importsItself(files: readonly OutputChunk[]): boolean {
  const imports = new Map(files.map((file) => [file.fileName, file.imports]));
  return files.some(({ fileName }) => {
    const reached = new Set(imports.get(fileName));
    for (const name of reached) for (const inner of imports.get(name) ?? []) reached.add(inner);
    return reached.has(fileName);
  });
}

/** @param threshold smaller files that others share are one */
const generated = async (threshold: number): Promise<readonly (OutputChunk | OutputAsset)[]> => {
  const small = { minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: threshold };
  const { output } = await code.generate({
    format: 'esm',
    // A thread's place is where the code that starts it looks for it.
    entryFileNames: ({ name }) => `${name === THREAD ? name : basename(name)}.js`,
    chunkFileNames: ({ name }) => `${name.replace(/~.*/, '')}.js`,
    codeSplitting: {
      groups: [
        // The help of commands loads little, and saved models load without what runs pipelines.
        ...['cli/main', 'estimator', 'node', 'api', 'browser'].map((entry) => loadedWith(entry, inPages)),
        {
          ...small,
          debugName: 'later',
          name: (id: string, context: ChunkingContext) => (!isEntry(id) && inPages(id, context) && !loadsMore(id, context) ? 'later' : null),
        },
        { ...small, debugName: 'drawn', name: (id: string, context: ChunkingContext) => (!isEntry(id) && inPages(id, context) ? 'drawn' : null) },
        ...['cli/main', 'node'].map((entry) => loadedWith(entry)),
        {
          ...small,
          debugName: 'in-node',
          name: (id: string, context: ChunkingContext) => (!isEntry(id) && !loadsMore(id, context) ? 'in-node' : null),
        },
      ].map((one, i) => ({ ...one, priority: 9 - i })),
    },
    // Messages tell of classes by name.
    minify: { compress: { target: 'es2023' }, mangle: { keepNames: { class: true, function: true } }, codegen: { removeWhitespace: true } },
    comments: false,
  });
  return output;
};
let threshold = 60_000;
let output = await generated(threshold);
while (importsItself(output.filter((file) => file.type === 'chunk'))) {
  if (threshold === 0) throw new Error('Files import each other in a circle, however small they are.');
  threshold = threshold > 1000 ? threshold / 2 : 0;
  output = await generated(threshold);
}
for (const file of output) {
  if (file.type !== 'chunk') continue;
  if (file.fileName.includes('/') && file.code.includes('import.meta.url')) throw new Error(`${file.fileName} names files from where it does not stand.`);
  const [inPage, other] = [true, false].map((page) => file.moduleIds.find((id) => pages!.has(id) === page));
  if (inPage && other) throw new Error(`${file.fileName} has what pages load, ${inPage}, with what they cannot, ${other}.`);
  write(file.fileName, inPage ? unusedUnlessRead(file.code) : file.code);
}

for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
  // Lines keep their numbers, and what is unrolled is found by the spaces within them.
  if (name.endsWith('.wgsl')) write(name, withoutComments(readFileSync(join('src', name), 'utf8')).replaceAll(/^[ \t]+/gm, ''));
}

const page = {
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  logLevel: 'warning',
  legalComments: 'none',
} as const;
// What pages predict with is without the package.
await build({ ...page, entryPoints: ['src/predictor.ts'] });
await build({ ...page, entryPoints: ['src/report/html/report.css'] });
await build({ ...page, entryPoints: { 'report/html/report': 'src/report/html/client/report.ts' }, format: 'iife' });
await build({ ...page, entryPoints: { 'ui/ui': 'src/ui/main.ts' }, plugins: [wgslAsData] });
for (const name of ['page.html', 'ui.css']) cpSync(`src/ui/${name}`, `dist/ui/${name}`);

// Drawn with only when a report is made, and larger than all the rest: terser makes it 2 % smaller than the bundler does.
const charts = await rolldown({ input: `src/${CHARTS}.ts`, platform: 'browser', transform: { define: { 'process.env.NODE_ENV': '"production"' } } });
const drawing = (await charts.generate({ format: 'esm', minify: true })).output[0].code;
write(`${CHARTS}.js`, (await minify(drawing, { module: true, ecma: 2020, compress: { passes: 2 } })).code!);

/** `A as B` of each export of a file of types. */
function exportsOf(text: string): readonly (readonly [own: string, as: string])[] {
  return Array.from(text.matchAll(/^export \{(.*)\};?$/gm), ([, names]) => names!.split(',')).flatMap((names) =>
    names.map((name) => {
      const [own, as = own] = name
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      return [own!, as!] as const;
    }),
  );
}

/** What stands at the top of a file of types. */
const DECLARED = /^(?:declare )?(?:abstract )?(?:interface|type|class|function|const|enum) ([\w$]+)/;

/**
 * Whoever writes down the type of a pipeline of theirs, as a notebook does from cell to cell, must be able to name all of its parts: files
 * beside the entries export all that they declare.
 */
function allExported(text: string): string {
  const known = exportsOf(text);
  const [own, taken] = [0, 1].map((side) => new Set(known.map((names) => names[side]!)));
  const declared = text.split('\n').flatMap((line) => DECLARED.exec(line)?.[1] ?? []);
  const more = [...new Set(declared)].filter((name) => !own!.has(name)).map((name) => (taken!.has(name) ? `${name} as ${name}$own` : name));
  return more.length === 0 ? text : `${text}\nexport { ${more.join(', ')} };\n`;
}

/** Without comments on what a file exports to nobody: they are a tenth of it. */
function withoutInnerComments(text: string): string {
  const exported = new Set(exportsOf(text).map(([own]) => own));
  const kept: string[] = [];
  let comment: string[] = [];
  let inComment = false;
  let shown = true;
  for (const line of text.split('\n')) {
    if (inComment || /^\s*\/\*\*(?!.*\*\/.*\S)/.test(line)) {
      comment.push(line);
      inComment = !/\*\/\s*$/.test(line);
      continue;
    }
    const [, name] = DECLARED.exec(line) ?? [];
    if (name !== undefined) shown = exported.has(name);
    if (shown) kept.push(...comment);
    kept.push(line);
    comment = [];
  }
  return kept.join('\n');
}

const types = await rolldown({
  input: Object.fromEntries([...PUBLIC, ...APART, 'predictor'].map((name) => [name, resolve(TYPES, `${name}.d.ts`)])),
  external: isPackage,
  // No names of files in comments.
  experimental: { attachDebugInfo: 'none' },
  plugins: [apart, dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false })],
});
const declarations = (await types.generate({ format: 'esm', chunkFileNames: '[name].ts' })).output.filter((file) => file.type === 'chunk');
const api = exportsOf(declarations.find(({ name }) => name === 'api')!.code).map(([, name]) => name);
for (const { fileName, name, code: whole } of declarations) {
  const text = withoutInnerComments(whole);
  const all = name === 'index' ? `export { ${api.join(', ')} } from "./api.js"` : 'export * from "./index.js"';
  write(fileName, PUBLIC.includes(name) ? text.replace(/^export \* from "\.\/api\.js"/m, () => all) : allExported(text));
}
