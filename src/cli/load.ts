// Finds and loads a pipeline file. TypeScript is erased by tsx: Node 20 cannot, and `register` shares our module instance
// with the user's file, which `tsImport` would not.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { register } from 'tsx/esm/api';
import { isPipelineError, PipelineError, reasonOf } from '../core/errors.ts';
import { placesIn } from '../dsl/place.ts';
import { distance } from '../core/nearest.ts';
import type { Pipeline } from '../dsl/pipeline.ts';
import { withUserCode } from './streams.ts';

const BUNDLED = fileURLToPath(new URL('../../pipelines', import.meta.url));
/** How esbuild, which erases the types, tells of one. */
const SYNTAX_ERROR = /^(.+):(\d+):(\d+): ERROR: (.*)$/m;
const EXTENSION = /\.[cm]?[jt]s$/;

/** Folders that names are looked up in: the user's, then the examples of this package. */
export function pipelineFolders(): readonly string[] {
  return [...new Set([resolve('pipelines'), BUNDLED])].filter((folder) => existsSync(folder));
}

/** Pipeline files of a folder, sorted. */
export function pipelineFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => EXTENSION.test(name) && !name.endsWith('.d.ts'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** @throws E_USAGE naming every place looked at and the nearest names */
export function findPipeline(name: string): string {
  const places = [resolve(name), ...pipelineFolders().flatMap((folder) => [join(folder, name), join(folder, `${name}.ts`), join(folder, `${name}.js`)])];
  const found = places.find((place) => EXTENSION.test(place) && existsSync(place) && statSync(place).isFile());
  if (found) return found;
  const known = pipelineFolders().flatMap((folder) => pipelineFiles(folder).map((file) => basename(file)));
  const near = known.filter((file) => distance(file.replace(EXTENSION, ''), basename(name).replace(EXTENSION, '')) <= 3);
  throw new PipelineError('E_USAGE', `No pipeline file '${name}'; looked at ${places.join(', ')}.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : known.length > 0
          ? `Known pipelines: ${known.join(', ')}.`
          : 'Give the path of a file whose default export is a pipeline(...).',
  });
}

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** Absolute path. */
  readonly file: string;
}

/** Loads the default export of a pipeline file. @throws E_USAGE when it is none, or when the file does not load */
export async function loadPipeline(name: string): Promise<LoadedPipeline> {
  const file = findPipeline(name);
  // What the file will import, without the detour of each import through tsx's thread: a tenth of a second.
  await import('../index.ts');
  const unregister = register();
  let exports: { readonly default?: Partial<Pipeline> };
  try {
    exports = await withUserCode(async () => (await import(pathToFileURL(file).href)) as typeof exports);
  } catch (cause) {
    if (isPipelineError(cause)) throw cause;
    const message = reasonOf(cause);
    const [, at, line, column, syntax] = SYNTAX_ERROR.exec(message) ?? [];
    throw new PipelineError('E_USAGE', `${file} does not load: ${syntax ?? message}`, {
      cause,
      at: at === undefined ? placesIn((cause as Partial<Error>)?.stack)[0] : { file: at, line: Number(line), column: Number(column) + 1 },
      hint: 'Correct the file; `npx tsc --noEmit` shows type errors.',
    });
  } finally {
    await unregister();
    // Stages made again later are placed in the file as written, too.
    process.setSourceMapsEnabled(true);
  }
  if (exports.default?.kind !== 'pipeline') {
    throw new PipelineError('E_USAGE', `${file} has no default export that is a pipeline.`, { hint: 'Write `export default pipeline(...)`.' });
  }
  return { pipeline: exports.default as Pipeline, file };
}
