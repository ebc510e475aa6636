// tsc emits the TypeScript; here come the files beside it: shaders, styles and pages as they are, the style and the scripts of reports and
// of the local page, bundled into one file each, and what Node loads, bundled into a few.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import { wgslAsData } from '../dist/runtime/node/code/bundle.js';

cpSync('src', 'dist', { recursive: true, filter: (path) => !/\.[^/.]+$/.test(path) || /\.(wgsl|css|html)$/.test(path) });
const page = { bundle: true, minify: true, platform: 'browser', target: 'es2023', logLevel: 'warning', legalComments: 'none' };
await build({ ...page, entryPoints: ['src/report/html/client/report.ts'], outfile: 'dist/report/html/report.js', format: 'iife' });
await build({ ...page, entryPoints: ['src/report/html/report.css'], outfile: 'dist/report/html/report.css' });
await build({ ...page, entryPoints: ['src/ui/main.ts'], outfile: 'dist/ui/ui.js', format: 'esm', plugins: [wgslAsData] });

// Charts are drawn when a report is made: ECharts comes along, in one file that only then is loaded.
const CHARTS = 'dist/report/charts/echarts.js';
await build({ ...page, entryPoints: [CHARTS], outfile: CHARTS, allowOverwrite: true, format: 'esm' });

// What pages predict with: one file, without the package.
await build({ ...page, entryPoints: ['src/predictor.ts'], outfile: 'dist/predictor.js', allowOverwrite: true, format: 'esm' });

// For Node: loading hundreds of small modules takes a third of the time of a run that finds all its results in the cache.
// Bundlers for browsers take the modules themselves, and leave out what a page does not use.
const NODE = 'dist/bundled';
/** Code that finds files by its own place goes on finding them from there. */
const placed = {
  name: 'placed',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes('import.meta.url')) return undefined;
      const { code } = await transform(source, { define: { 'import.meta.url': '__place' } });
      const from = relative(NODE, path).replaceAll('\\', '/');
      return { contents: `const __place = new URL('${from}', import.meta.url).href;\n${code}` };
    });
  },
};
rmSync(NODE, { recursive: true, force: true });
await build({
  entryPoints: ['index', 'node', 'estimator', 'testing', 'cli/main'].map((name) => ({ in: `dist/${name}.js`, out: name.split('/').at(-1) })),
  outdir: NODE,
  bundle: true,
  splitting: true,
  packages: 'external',
  // Loaded when they are read or drawn with: two copies of them would make the package larger.
  external: [resolve('dist/tables/carried/data/*'), resolve(CHARTS)],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  ignoreAnnotations: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  plugins: [placed],
});

// The modules without comments and indents, which are in the types and in the sources: a fifth of the package.
for (const name of readdirSync('dist', { recursive: true })) {
  if (!name.endsWith('.js') || name.startsWith('bundled')) continue;
  const file = join('dist', name);
  writeFileSync(file, (await transform(readFileSync(file, 'utf8'), { minifyWhitespace: true, legalComments: 'none' })).code);
}
