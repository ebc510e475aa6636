// Files and environment variables as they stand when a stage is reached: what stages declare of the world around them.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '../../core/errors/didYouMean.ts';
import { PipelineError, type SourcePlace } from '../../core/errors/errors.ts';
import type { DiskEntry } from '../../core/files.ts';
import { fileUrl, type NamedFile } from '../../dsl/stage/inputs.ts';
import type { Surroundings } from '../surroundings.ts';
import { writeWhole } from './files/cacheFolder.ts';
import { fileDigest } from './cache/fileDigest.ts';
import { rowsFile } from './cache/rowsFile.ts';
import { projectOf } from './project/project.ts';

export function nodeSurroundings(): Surroundings {
  return {
    async inputs({ files = [], env = [] }, at) {
      const named = files.map(async (file) => [`file ${shownFile(file, at)}`, await declaredDigest(file, at)] as const);
      // Values may be secrets.
      const variables = env.map((name) => [`env ${name}`, process.env[name] === undefined ? 'unset' : sha256(`${name}=${process.env[name]}`)] as const);
      return Object.fromEntries([...(await Promise.all(named)), ...variables]);
    },
    async list(folder) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(nothingThere);
      return (
        entries &&
        Promise.all(entries.map(async (entry) => ({ name: entry.name, kind: kindOf(entry.isSymbolicLink() ? await target(folder, entry.name) : entry) })))
      );
    },
    read: (file) => readFile(file).catch(nothingThere),
    async open(file) {
      const handle = await open(file).catch(nothingThere);
      return handle && { bytes: handle.createReadStream({ highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>, size: (await handle.stat()).size };
    },
    async slices(file) {
      const handle = await open(file).catch(nothingThere);
      return (
        handle && {
          size: (await handle.stat()).size,
          async slice(from, to) {
            const bytes = new Uint8Array(Math.max(0, to - from));
            let length = 0;
            for (let read = -1; read !== 0 && length < bytes.length; length += read)
              read = (await handle.read(bytes, length, bytes.length - length, from + length)).bytesRead;
            return bytes.subarray(0, length);
          },
          close: () => handle.close(),
        }
      );
    },
    async write(file, bytes) {
      const path = fileURLToPath(file);
      await mkdir(dirname(path), { recursive: true });
      await writeWhole(dirname(path), basename(path), bytes);
    },
    query: async (query, signal) => (await import('./files/duckdb.ts')).askDuckdb(query, signal),
    rowsFile: async (cols) => rowsFile(cols),
  };
}

/** From the project that declares it, so that nothing depends on where a run is started. */
function shownFile(file: NamedFile, at: SourcePlace | undefined): string {
  const path = fileURLToPath(fileUrl(file, at));
  return (at ? relative(projectOf(at.file), path) : path).replaceAll('\\', '/') || '.';
}

/** @throws E_DATA where nothing is there */
async function declaredDigest(file: NamedFile, at: SourcePlace | undefined): Promise<string> {
  const path = fileURLToPath(fileUrl(file, at));
  try {
    return await treeDigest(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const gone = code === 'ENOENT' || code === 'ENOTDIR';
    // What reads a file, such as csv(), declares it by its URL; a stage of the user's own as the user wrote it.
    const named = file instanceof URL ? basename(path) : `The declared input '${file}'`;
    const near = gone ? nearest(basename(path), await readdir(dirname(path)).catch(() => [])) : [];
    throw new PipelineError('E_DATA', `${named} ${gone ? `is not there: no ${path}` : `cannot be read: ${message}`}.`, {
      ...(gone ? {} : { cause }),
      at,
      hint:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : "Correct the path, of a stage of your own in inputs.files: paths are relative to the file that names them, or new URL('./name', import.meta.url).",
    });
  }
}

/** Files that are read at a time: a folder may hold more of them than may be open at once. */
const AT_A_TIME = 16;

async function treeDigest(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return (await fileDigest(path)).digest;
  const entries = (await readdir(path, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const digests = new Map<string, string>();
  for (const { name } of entries.filter((entry) => !entry.isFile())) digests.set(name, await treeDigest(join(path, name)));
  const files = entries.filter((entry) => entry.isFile());
  for (let at = 0; at < files.length; at += AT_A_TIME)
    await Promise.all(files.slice(at, at + AT_A_TIME).map(async ({ name }) => digests.set(name, (await fileDigest(join(path, name))).digest)));
  return sha256(`folder\n${entries.map(({ name }) => `${name} ${digests.get(name)!}`).join('\n')}`);
}

/** What a link leads to; undefined for nothing. */
async function target(folder: URL, name: string): Promise<Stats | undefined> {
  return stat(join(fileURLToPath(folder), name)).catch(() => undefined);
}

function kindOf(found: Pick<Stats, 'isFile' | 'isDirectory'> | undefined): DiskEntry['kind'] {
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : 'other';
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
