// What a browser would load: nothing of Node, WGSL inside, places of mistakes named.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { loadText } from '../../src/runtime/browser/compute.ts';
import { bundlePipeline } from '../../src/runtime/node/code/bundle.ts';
import { assemble } from '../../src/runtime/gpu/shader.ts';
import { ROOT } from '../support/cli.ts';
import { errorOf, tempFolder } from '../support/files.ts';

/**
 * The names of Node that `entry` and all it imports use without declaring them. The decoder of JPEG names `Buffer` for who asks for one;
 * that it is never asked here, the test of it says.
 */
async function nodeGlobalsOf(entry: string): Promise<readonly string[]> {
  // `define` replaces free names only: a variable or a property called `process` is none of Node's.
  const define = Object.fromEntries(['process', 'Buffer', 'require', '__dirname', 'setImmediate'].map((name) => [name, `node_global_${name}`]));
  const options = { bundle: true, write: false, platform: 'browser', format: 'esm', logLevel: 'silent', define } as const;
  // What the build bundles apart, with their questions about Node answered.
  const { outputFiles } = await build({ entryPoints: [entry], external: ['jpeg-js', 'echarts'], ...options });
  return [...new Set([...outputFiles[0]!.text.matchAll(/node_global_(\w+)/g)].map(([, name]) => name!))];
}

test('src/browser.ts reaches no node: import and no global of Node', async () => {
  expect(await nodeGlobalsOf(join(ROOT, 'src/browser.ts'))).toEqual([]);
});

test('that check sees what it looks for', async () => {
  const folder = tempFolder();
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, 'const o = { process: 1 }; console.log(o.process, typeof process, Buffer.from("a"));');
  expect((await nodeGlobalsOf(entry)).toSorted()).toEqual(['Buffer', 'process']);
  writeFileSync(entry, 'import "node:fs";');
  await expect(nodeGlobalsOf(entry)).rejects.toThrow('node:fs');
});

test('a bundle is one module with all of its WGSL, and small', async () => {
  const { js, size } = await bundlePipeline('pipelines/mnist-2detector.ts'); // from the current folder
  expect(size).toBe(Buffer.byteLength(js));
  // 508 KB when this was written: zod is 100 of them, the solver on the device 38, kernels of one pass over the rows 28, sparse rows of
  // linear models 18. A twentieth more means
  // that something came along that no stage here uses.
  expect(size).toBeLessThan(530_000);
  expect(js).not.toContain('// ');
  expect(js).not.toContain('kMeans');
  expect(js).not.toMatch(/\bimport\s*[({*'"]/);
  expect(js).not.toMatch(/\.wgsl['"`],\s*import\.meta/);
  expect(js.match(/data:text\/wgsl,/g)!.length).toBeGreaterThanOrEqual(12);
});

test('WGSL in a URL is the text of the file, and keeps its name for compiler messages', async () => {
  const folder = tempFolder();
  const text = '/* 100 % of a ? b # c "d" é 😀 */\n\tfn main() {} // kept, as marks of two kinds are\n';
  writeFileSync(join(folder, 'own.wgsl'), text);
  writeFileSync(join(folder, 'pipeline.js'), "export default new URL('./own.wgsl', import.meta.url).href;");
  const { js } = await bundlePipeline(join(folder, 'pipeline.js'));
  // Imported from a URL that has no folder around it, as a page may do with a blob.
  const url = new URL(((await import(`data:text/javascript,${encodeURIComponent(js)}`)) as { default: string }).default);
  expect(await loadText(url)).toBe(text);
  expect(await (await fetch(url)).text()).toBe(text);
  const kernel = { name: 'own', source: url, params: {}, bindings: {}, sizes: {} };
  expect((await assemble(kernel, {}, async () => text)).parts).toEqual([{ file: 'own.wgsl', firstLine: 2 }]);
});

/** The files that a page with this text keeps, as a bundler cuts it. */
async function keptBy(contents: string): Promise<readonly string[]> {
  const options = { bundle: true, write: false, metafile: true, platform: 'browser', format: 'esm', absWorkingDir: ROOT } as const;
  const { metafile } = await build({ ...options, stdin: { contents, resolveDir: ROOT }, alias: { 'pipeline-gpu': join(ROOT, 'src/browser.ts') } });
  const { inputs } = Object.values(metafile.outputs)[0]!;
  return Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0);
}

test('WGSL in a URL has no comments, and every word stands where it stood', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'own.wgsl'), '// a\nfn main() { // b\n  return; }\n');
  writeFileSync(join(folder, 'pipeline.js'), "export default new URL('./own.wgsl', import.meta.url).href;");
  const { js } = await bundlePipeline(join(folder, 'pipeline.js'));
  expect(js).toContain('data:text/wgsl,%0Afn main() {%0A  return; }%0A#own.wgsl');
});

test('a page pays for formats of files that it reads, and for no others', async () => {
  const formatsIn = async (contents: string): Promise<readonly string[]> => {
    const found = (await keptBy(contents)).flatMap((file) => /^(?:src\/(?:formats|datasets)|node_modules)\/(\w+)\//.exec(file)?.[1] ?? []);
    return [...new Set(found)].filter((name) => name !== 'zod' && name !== 'rxjs').toSorted();
  };
  expect(await formatsIn("import { ridge } from 'pipeline-gpu'; console.log(ridge);")).toEqual([]);
  expect(await formatsIn("import { csv } from 'pipeline-gpu'; console.log(csv);")).toEqual(['bytes', 'csv']);
  expect(await formatsIn("import { npy } from 'pipeline-gpu'; console.log(npy);")).toEqual(['arrays', 'bytes', 'columnar']);
  expect(await formatsIn("import { pictures } from 'pipeline-gpu'; console.log(pictures);")).toEqual(['bytes', 'fflate', 'iobuffer', 'pictures']);
  expect(await formatsIn("import { parquet } from 'pipeline-gpu'; console.log(parquet);")).toEqual(['bytes', 'columnar', 'fzstd', 'parquet']);
});

test("a user's bundler takes the browser's entry point, from the built package", async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'pipeline-gpu'));
  writeFileSync(
    join(folder, 'page.js'),
    "import { fetch } from 'pipeline-gpu'; import { runPipeline } from 'pipeline-gpu/browser'; console.log(fetch, runPipeline);",
  );
  const options = { bundle: true, write: false, metafile: true, platform: 'browser', format: 'esm' } as const;
  const { metafile } = await build({ entryPoints: [join(folder, 'page.js')], ...options, absWorkingDir: ROOT });
  const entries = Object.keys(metafile.inputs).filter((name) => /^(dist|src)\/[^/]+$/.test(name));
  expect(entries.filter((name) => !name.startsWith('dist/'))).toEqual([]);
  expect(entries).toEqual(expect.arrayContaining(['dist/api.js', 'dist/browser.js']));
  expect(entries).not.toContain('dist/index.js');
});

/** What of Node the files of the build import that a page of `entry` may load, at once or later. */
function nodeImportsOf(entry: string): readonly string[] {
  const files = new Set([entry]);
  const found: string[] = [];
  for (const file of files) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?["'`]([^"'`$]+)["'`]/g)) {
      if (name!.startsWith('.')) files.add(join(dirname(file), name!));
      else if (name!.startsWith('node:')) found.push(`${file}: ${name}`);
    }
  }
  return found;
}

test('no file of the build that pages may load imports anything of Node', () => {
  for (const name of ['browser', 'estimator', 'predictor', 'api']) expect(nodeImportsOf(join(ROOT, `dist/${name}.js`)), name).toEqual([]);
  expect(nodeImportsOf(join(ROOT, 'dist/index.js')).length + nodeImportsOf(join(ROOT, 'dist/main.js')).length).toBeGreaterThan(20);
});

test('a page made of the built package pays for what it uses, and for no more than one made of the modules', async () => {
  const entry = (of: string): string => join(ROOT, of === 'src' ? 'src/browser.ts' : 'dist/browser.js');
  const options = { bundle: true, write: false, minify: true, platform: 'browser', format: 'esm', target: 'es2023' } as const;
  const sizeOf = async (of: string, contents: string): Promise<number> => {
    const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: ROOT }, alias: { 'pipeline-gpu': entry(of) } });
    return outputFiles[0]!.contents.length;
  };
  for (const contents of [
    "import 'pipeline-gpu';",
    ...['accuracyScore', 'fetch', 'ridge', 'figure'].map((name) => `import { ${name} } from 'pipeline-gpu'; console.log(${name});`),
  ]) {
    expect(await sizeOf('dist', contents), contents).toBeLessThan(1.02 * (await sizeOf('src', contents)));
  }
});

test('a page that only reads model files keeps every estimator, and one that fits keeps its own', async () => {
  const list = 'src/estimators/all.ts';
  const all = [...readFileSync(join(ROOT, list), 'utf8').matchAll(/^export \{.* from '(.+)'/gm)].map(([, file]) => join(dirname(list), file!));
  const estimatorsIn = async (contents: string): Promise<readonly string[]> => {
    const kept = await keptBy(contents);
    return all.filter((file) => kept.includes(file));
  };
  expect(all.length).toBeGreaterThan(30);
  expect(await estimatorsIn("import { modelFromBytes } from 'pipeline-gpu'; console.log(modelFromBytes);")).toEqual(all);
  expect(await estimatorsIn("import { ridge } from 'pipeline-gpu'; console.log(ridge);")).toEqual(['src/estimators/ridge/ridge.ts']);
});

test('a file that is not there is told with where it was looked for', async () => {
  expect(await errorOf(bundlePipeline('not/there.ts'))).toMatchObject({ code: 'E_USAGE', message: `There is no file ${resolve('not/there.ts')} to bundle.` });
});

test('a pipeline file that uses Node is refused at its line', async () => {
  const file = join(tempFolder(), 'pipeline.ts');
  writeFileSync(file, "import 'pipeline-gpu';\n  import { readFileSync } from 'node:fs';\nexport default readFileSync;\n");
  const error = await errorOf(bundlePipeline(file));
  expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('"node:fs"'), at: { line: 2 } });
  expect(error.at!.file).toContain('pipeline.ts');
});
