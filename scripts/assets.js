// tsc emits the TypeScript; here come the files beside it: shaders and styles as they are, and the script of the reports,
// bundled into one file that a page can carry.
import { cpSync } from 'node:fs';
import { build } from 'esbuild';

cpSync('src', 'dist', { recursive: true, filter: (path) => !/\.[^/.]+$/.test(path) || /\.(wgsl|css)$/.test(path) });
await build({
  entryPoints: ['src/report/html/client/report.ts'],
  outfile: 'dist/report/html/report.js',
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  logLevel: 'warning',
  legalComments: 'none',
});
