// SwiftShader is a Vulkan driver that computes on the CPU, and the reason why `npm install` is enough on a machine
// without any Vulkan. It travels in the optional package @sparticuz/chromium as a small archive; this file unpacks it
// once into the cache folder. Processes may race: each unpacks into its own folder and renames it into place.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { packageFolder } from '../files/packages.ts';

const MANIFEST = 'unpacked.json';
const ICD = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';
const DRIVER = 'libvk_swiftshader.so';
/** The archive also carries OpenGL libraries, which nobody here needs. */
const WANTED: readonly string[] = [ICD, LOADER, DRIVER];
/** The cache folder cannot be used, but another one might. */
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST', 'ENOENT'];

/** An unpacked driver: the manifest that a Vulkan loader reads, and a loader for systems that have none. */
export interface SwiftShader {
  readonly folder: string;
  readonly icd: string;
  readonly loader: string;
}

export interface Archive {
  readonly path: string;
  /** Differs whenever the archive does. */
  readonly key: string;
}

export interface Missing {
  readonly missing: string;
  readonly cure?: string | undefined;
}

/** The archive in the installed package, or why there is none. */
export function findSwiftShader(): Archive | Missing {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `the embedded SwiftShader is for Linux x64, this is ${process.platform} ${process.arch}` };
  }
  const folder = packageFolder('@sparticuz/chromium');
  if (!folder) return { missing: 'the optional npm package @sparticuz/chromium is not installed', cure: 'Run npm install without --omit=optional.' };
  const path = join(folder, 'bin', 'swiftshader.tar.br');
  if (!existsSync(path)) return { missing: `${path} does not exist` };
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { path, key: `swiftshader-${version}-${statSync(path).size}` };
}

/** Unpacks on first use; later calls check the sizes of what lies there and repair it if they differ. */
export async function unpackSwiftShader(archive: Archive, { cache }: { readonly cache: string }): Promise<SwiftShader> {
  try {
    return await unpackInto(cache, archive);
  } catch (error) {
    if (!hasCode(error, UNWRITABLE)) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'pipeline-gpu-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return unpackInto(folder, archive);
  }
}

async function unpackInto(cache: string, archive: Archive): Promise<SwiftShader> {
  const folder = join(cache, archive.key);
  if (isComplete(folder)) return filesIn(folder);
  const files = readTar(await promisify(brotliDecompress)(await readFile(archive.path)));
  const absent = WANTED.filter((name) => !files.has(name));
  if (absent.length > 0) throw new Error(`${archive.path} holds no ${absent.join(', ')}`);
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  const own = `${folder}.part-${randomUUID()}`;
  try {
    mkdirSync(own);
    for (const name of WANTED) writeDurably(join(own, name), files.get(name)!);
    const sizes = Object.fromEntries(WANTED.map((name) => [name, files.get(name)!.length]));
    writeDurably(join(own, MANIFEST), Buffer.from(JSON.stringify(sizes)));
    moveIntoPlace(own, folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return filesIn(folder);
}

/** A folder cannot be renamed over a non-empty one: then another process was first, or what lies there is damaged. */
function moveIntoPlace(own: string, folder: string): void {
  for (let attempt = 0; !isComplete(folder); attempt++) {
    try {
      renameSync(own, folder);
    } catch (error) {
      if (attempt === 3 || !hasCode(error, ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) throw error;
      if (!isComplete(folder)) setAside(folder);
    }
  }
}

/** Renamed before it is removed, so that nobody sees it half removed. */
function setAside(damaged: string): void {
  const aside = `${damaged}.part-${randomUUID()}`;
  try {
    renameSync(damaged, aside);
  } catch (error) {
    if (!hasCode(error, ['ENOENT'])) throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function isComplete(folder: string): boolean {
  try {
    const sizes = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Record<string, number>;
    return WANTED.every((name) => statSync(join(folder, name)).size === sizes[name]);
  } catch {
    return false;
  }
}

/** Folders of processes that were killed while they unpacked. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (!/^swiftshader-.*\.part-/.test(name)) continue;
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

/** Regular files of a plain tar by their base name. */
function readTar(tar: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const text = (start: number, length: number): string => tar.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const header = Buffer.from(tar.subarray(at, at + 512)).fill(' ', 148, 156);
    if (header.reduce((sum, byte) => sum + byte, 0) !== Number.parseInt(text(at + 148, 8), 8) || at + 512 + size > tar.length) {
      throw new Error('the SwiftShader archive is damaged');
    }
    const name = text(at, 100).split('/').pop()!;
    if ((tar[at + 156] === 0 || tar[at + 156] === 0x30) && name) files.set(name, tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o755);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function filesIn(folder: string): SwiftShader {
  return { folder, icd: join(folder, ICD), loader: join(folder, LOADER) };
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
