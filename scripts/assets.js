// tsc emits the TypeScript; here come the files beside it: shaders, styles and pages as they are, and the scripts of reports
// and of the local page, bundled into one file each.
import { cpSync } from 'node:fs';
import { build } from 'esbuild';
import { wgslAsData } from '../dist/runtime/node/code/bundle.js';

cpSync('src', 'dist', { recursive: true, filter: (path) => !/\.[^/.]+$/.test(path) || /\.(wgsl|css|html)$/.test(path) });
const page = { bundle: true, minify: true, platform: 'browser', target: 'es2023', logLevel: 'warning', legalComments: 'none' };
await build({ ...page, entryPoints: ['src/report/html/client/report.ts'], outfile: 'dist/report/html/report.js', format: 'iife' });
await build({ ...page, entryPoints: ['src/ui/main.ts'], outfile: 'dist/ui/ui.js', format: 'esm', plugins: [wgslAsData] });
