// Finds a pipeline file by path or name, and loads what it exports.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { distance } from '../../core/errors/didYouMean.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import { fromStart } from '../../runtime/node/directories.ts';
import { isEarly, isGone, lineOf, loadError } from './loadError.ts';
import { keptModule } from './kept.ts';
import type { CodeDigests } from '../../runtime/keys/identity.ts';
import { nodeCodeDigests } from '../../runtime/node/code/codeDigests.ts';
import { tsconfigOf } from '../../runtime/node/project/project.ts';
import { withUserCode } from '../streams.ts';

const BUNDLED = fileURLToPath(new URL('../../../pipelines', import.meta.url));
/** In the order in which they are tried behind a name. */
const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const EXTENSION = /(?<!\.d)\.[cm]?ts$|\.[cm]?js$/;

/** Folders that names are looked up in: the user's, then the examples of this package. */
export function pipelineFolders(): readonly string[] {
  return [...new Set([fromStart('pipelines'), BUNDLED])].filter((folder) => existsSync(folder));
}

/** Pipeline files of a folder, sorted. */
export function pipelineFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => EXTENSION.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** @throws E_USAGE naming every place looked at and the nearest names */
export function findPipeline(name: string): string {
  if (name.startsWith('-')) {
    throw new PipelineError('E_USAGE', `'${name}' stands where a pipeline file is needed.`, {
      hint: 'Name the file first; flags of a pipeline come after it.',
    });
  }
  const isPath = isAbsolute(name) || name.startsWith('.');
  const candidates = isPath ? [fromStart(name)] : [fromStart(join('pipelines', name)), fromStart(name), join(BUNDLED, name)];
  const places = [fromStart(name), ...candidates.flatMap((place) => [place, ...EXTENSIONS.map((extension) => place + extension)])];
  const found = places.find((place) => EXTENSION.test(place) && isFile(place));
  if (found) return found;
  if (existsSync(fromStart(name))) throw noCode(name);
  const known = pipelineFolders().flatMap((folder) => pipelineFiles(folder).map((file) => basename(file)));
  const near = known.filter((file) => distance(file.replace(EXTENSION, ''), basename(name).replace(EXTENSION, '')) <= 3);
  const endings = EXTENSION.test(name) ? '' : ` with ${EXTENSIONS.slice(0, -1).join(', ')} or ${EXTENSIONS.at(-1)} appended`;
  throw new PipelineError('E_USAGE', `No pipeline file '${name}'; looked at ${candidates.join(', ')}${endings}.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : known.length > 0
          ? `Known pipelines: ${known.join(', ')}.`
          : 'Give the path of a file whose default export is a pipeline(...).',
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** For something that is there and cannot be a pipeline file. */
function noCode(name: string): PipelineError {
  if (statSync(fromStart(name)).isDirectory()) {
    const inside = pipelineFiles(fromStart(name)).map((file) => relative(fromStart('.'), file));
    return new PipelineError('E_USAGE', `${name} is a folder; a pipeline file is needed.`, {
      hint: inside.length > 0 ? `Name a file in it: ${inside.join(', ')}.` : 'Give the path of a file whose default export is a pipeline(...).',
    });
  }
  return new PipelineError('E_USAGE', `${name} is not a TypeScript or JavaScript file.`, {
    hint: `Give a file whose default export is a pipeline(...); it ends in ${EXTENSIONS.join(', ')}.`,
  });
}

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** Absolute path. */
  readonly file: string;
}

/** Digests of the code that a pipeline file is made of, which finds imports as loading does. */
export function codeOf(name: string): CodeDigests {
  return nodeCodeDigests({ tsconfig: () => tsconfigOf(findPipeline(name)), soon: mayHaveStages(name) });
}

/** A guess from the text: whether stages of the user's own will run. */
function mayHaveStages(name: string): boolean {
  try {
    return /\bstage\b|\bdefine[A-Z]|['"]\.\.?\//.test(readFileSync(findPipeline(name), 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Loads the default export of a pipeline file.
 *
 * @param options.kept false where nothing may run but the file itself and what it imports: others may write to the cache folder
 * @throws E_USAGE when it is none, or when the file does not load
 */
export async function loadPipeline(name: string, { kept = true }: { readonly kept?: boolean } = {}): Promise<LoadedPipeline> {
  const file = findPipeline(name);
  // Node imports nothing with the one in its path, tsx takes the other for the end of a path.
  if (sep === '/' && /[\\?]/.test(file)) {
    throw new PipelineError('E_USAGE', `A file with '?' or '\\' in its path cannot be imported: ${file}`, { hint: 'Rename that file or folder.' });
  }
  // What the file will import, without the detour of each import through tsx's thread: a tenth of a second.
  await import('../../index.ts');
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await withUserCode(() => exportsOf(file, kept));
  } catch (cause) {
    throw isPipelineError(cause) ? cause : loadError(file, cause);
  } finally {
    // Stages made again later are placed in the file as written, too.
    process.setSourceMapsEnabled(true);
  }
  // In CommonJS, what is exported by default is a key of what is exported.
  const { default: given } = exports;
  const pipeline = [given, (given as typeof exports | undefined)?.['default']].find(isPipeline);
  if (!pipeline) throw noPipeline(file, exports);
  return { pipeline, file };
}

async function exportsOf(file: string, mayBeKept: boolean): Promise<Readonly<Record<string, unknown>>> {
  // Whatever folder this runs in: the settings of the file decide what its imports mean.
  const tsconfig = tsconfigOf(file);
  const kept = mayBeKept ? await keptModule(file, tsconfig) : undefined;
  if (kept !== undefined) {
    process.setSourceMapsEnabled(true);
    try {
      return (await import(kept)) as Readonly<Record<string, unknown>>;
    } catch (error) {
      // Found before anything ran, and told of names as they stand in the file when that is loaded.
      if (!isEarly(error) && !isGone(kept, error)) throw error;
    }
  }
  const { loadTypeScript } = await import('./loader.ts');
  await loadTypeScript(tsconfig ?? false);
  // Node 20 gives a CommonJS file that was imported a `require` that does not work.
  if (file.endsWith('.cts')) return { default: createRequire(file)(file) as unknown };
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
}

function isPipeline(value: unknown): value is Pipeline {
  return (value as Partial<Pipeline> | null | undefined)?.kind === 'pipeline';
}

function noPipeline(file: string, exports: Readonly<Record<string, unknown>>): PipelineError {
  const all = { ...exports, ...(exports['default'] as object | undefined) };
  const named = Object.keys(all).find((key) => isPipeline(all[key]));
  const default_ = exports['default'];
  const type = default_ instanceof Promise ? 'promise' : typeof default_;
  const found = named !== undefined ? `, but exports one as '${named}'` : type === 'function' || type === 'promise' ? `; it exports a ${type} by default` : '';
  return new PipelineError('E_USAGE', `${file} has no default export that is a pipeline${found}.`, {
    at: { file, line: lineOf(readFileSync(file, 'utf8'), (line) => /\bexports?\b/.test(line)), column: 1 },
    hint: type === 'promise' ? 'Write `export default await ...`.' : 'Write `export default pipeline(...)`, in CommonJS `module.exports = pipeline(...)`.',
  });
}
