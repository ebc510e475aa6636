// Makes one self-contained ES module of a pipeline file and this library, for pages without a bundler of their own. WGSL
// files are named by `new URL('./x.wgsl', import.meta.url)`; in the bundle their text is in the URL.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, Plugin } from 'esbuild';
import { PipelineError } from '../../../core/errors/errors.ts';

export interface Bundle {
  /** An ES module: its `default` is the pipeline; `runPipeline`, `browserFileStore` and `memoryCache` stand beside it. */
  readonly js: string;
  /** Bytes of `js` as UTF-8. */
  readonly size: number;
}

/** `src/browser.ts` in a checkout, `dist/browser.js` once built. */
const LIBRARY = fileURLToPath(new URL(`../../../browser${extname(import.meta.url)}`, import.meta.url));

/**
 * Bundles the pipeline that `file` exports by default, minified.
 *
 * @param file path of a pipeline file, from the current folder
 * @throws E_USAGE naming file and line of what cannot be bundled, for example an import of `node:fs`
 * @example
 * await writeFile('public/detector.js', (await bundlePipeline('pipelines/mnist-2detector.ts')).js);
 */
export async function bundlePipeline(file: string): Promise<Bundle> {
  const path = resolve(file);
  if (!existsSync(path)) throw new PipelineError('E_USAGE', `There is no file ${path} to bundle.`, { hint: 'Give its path from the current folder.' });
  const { build } = await import('esbuild');
  const contents = `export { default } from ${JSON.stringify(path)};\nexport { browserFileStore, memoryCache, runPipeline } from 'pipeline-gpu';`;
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: process.cwd(), sourcefile: 'bundle-entry.js' },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      target: 'es2023',
      minify: true,
      logLevel: 'silent',
      // Whatever the pipeline's folder would resolve, it gets this library.
      alias: { 'pipeline-gpu': LIBRARY },
      plugins: [wgslAsData],
    });
    const [{ contents: bytes, text: js }] = outputFiles as [(typeof outputFiles)[number]];
    return { js, size: bytes.length };
  } catch (cause) {
    const first = (cause as Partial<BuildFailure>).errors?.[0];
    if (!first) throw cause;
    const at = first.location ? { file: first.location.file, line: first.location.line, column: first.location.column + 1 } : undefined;
    throw new PipelineError('E_USAGE', `${file} cannot be bundled for a browser: ${first.text}`, {
      at,
      hint: 'A pipeline file for browsers exports a pipeline by default, and neither it nor what it imports uses Node.',
      cause,
    });
  }
}

const WGSL_URL = /new URL\(\s*(['"])([^'"]+\.wgsl)\1\s*,\s*import\.meta\.url\s*\)/g;

/** For other bundles of this library's code. */
export const wgslAsData: Plugin = {
  name: 'wgsl-as-data',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const names = new Set([...source.matchAll(WGSL_URL)].map(([, , name]) => name!));
      if (names.size === 0) return undefined;
      // A name in a comment may have no file.
      const urls = new Map(
        await Promise.all([...names].map(async (name) => [name, await dataUrl(new URL(name, pathToFileURL(path))).catch(() => undefined)] as const)),
      );
      const contents = source.replace(WGSL_URL, (text, _quote, name: string) =>
        urls.get(name) === undefined ? text : `new URL(${JSON.stringify(urls.get(name))})`,
      );
      return { contents, loader: /\.[cm]?ts$/.test(path) ? 'ts' : 'js' };
    });
  },
};

/** Comments are a third of it. Places in messages stay right. */
export function withoutComments(wgsl: string): string {
  return wgsl.includes('/*') ? wgsl : wgsl.replaceAll(/[ \t]*\/\/.*/g, '');
}

/** Readable as far as a URL may be, so that it compresses as WGSL does; compiler messages name the file behind `#`. */
async function dataUrl(file: URL): Promise<string> {
  const text = withoutComments(await readFile(file, 'utf8'));
  return `data:text/wgsl,${text.replace(/[%?#\r\n\t]|[^\x20-\x7e]/gu, encodeURIComponent)}#${file.pathname.split('/').at(-1)}`;
}
