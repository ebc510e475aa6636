// Which adapter a device of this machine would be on, without opening one: a run that finds all its results needs to know, and
// opening takes longer than the run. What the last device was on is kept, under all that chose it; it holds until a driver is
// installed, updated or gone.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { dirname, join } from 'node:path';
import type { AdapterSummary } from '../../../core/events.ts';
import { openAdapter, type OpenAdapterOptions } from './adapters.ts';
import { vulkanDriverFiles } from './installHints.ts';
import { sha256Of } from '../files/sha256.ts';
import { nodeNoteStore } from './noteStore.ts';
import { withSolver } from './solver.ts';
import { findSwiftShader } from './swiftshader.ts';

/** Variables by which drivers are chosen, and by which they choose how to compute. */
const CHOOSING = /^(?:VK_|MESA_|DRI_|LP_|GALLIUM_|RADV_|ANV_|INTEL_|NVIDIA_|__NV|__VK_|__EGL_|LD_LIBRARY_PATH$|LD_PRELOAD$)/;

interface Known {
  readonly drivers: string;
  readonly adapter: AdapterSummary;
}

/** The adapter that these options open, and where linear models are searched for there. @throws E_NO_ADAPTER; E_USAGE for another PIPELINE_SOLVER than host or device */
export function adapterOf(options: Pick<OpenAdapterOptions, 'adapter' | 'quiet'>): () => Promise<AdapterSummary> {
  let pending: Promise<AdapterSummary> | undefined;
  return () => (pending ??= find(options).then((adapter) => withSolver(adapter)));
}

async function find(options: Pick<OpenAdapterOptions, 'adapter' | 'quiet'>): Promise<AdapterSummary> {
  const known = await rememberedAdapter(options.adapter);
  if (known) return known;
  const { summary } = await openAdapter(options);
  await rememberAdapter(options.adapter, summary);
  return summary;
}

export async function rememberAdapter(wish: string | undefined, adapter: AdapterSummary): Promise<void> {
  await nodeNoteStore().set(noteOf(wish), JSON.stringify({ drivers: driversNow(), adapter } satisfies Known));
}

/** Undefined before the first device, and once another driver may be chosen. */
export async function rememberedAdapter(wish: string | undefined): Promise<AdapterSummary | undefined> {
  try {
    const { drivers, adapter } = JSON.parse((await nodeNoteStore().get(noteOf(wish))) ?? '') as Known;
    return drivers === driversNow() ? adapter : undefined;
  } catch {
    return undefined;
  }
}

/** Machines may share a cache, and Deno, which computes by itself, may share one with Node. */
function noteOf(wish: string | undefined): string {
  const variables = Object.entries(process.env).filter(([name]) => CHOOSING.test(name));
  const chosen = [
    hostname(),
    process.versions['deno'] ?? '',
    wish?.trim() || process.env['PIPELINE_ADAPTER']?.trim() || 'auto',
    ...variables.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return `adapter-${sha256Of(JSON.stringify(chosen)).slice(0, 24)}`;
}

/** Changes when drivers or what they are made of do: a package manager that installs a library writes the linker's cache anew. */
function driversNow(): string {
  const { env, platform } = process;
  const places =
    platform === 'linux'
      ? ['/etc/ld.so.cache', '/run/opengl-driver', '/dev/dri', ...namedDrivers(), ...vulkanDriverFiles(env)]
      : platform === 'win32'
        ? [join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository')]
        : [];
  const archive = findSwiftShader();
  return sha256Of(
    JSON.stringify([release(), 'key' in archive ? archive.key : '', textOf('/proc/driver/nvidia/version'), namesIn('/dev/dri'), ...places.flatMap(stampOf)]),
  );
}

/** Manifests that variables name, and the libraries beside them. */
function namedDrivers(): readonly string[] {
  const manifests = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'].flatMap((name) => process.env[name]?.split(':') ?? []);
  return manifests.flatMap((path) => [path, dirname(path)]);
}

function stampOf(path: string): readonly [string, number, number] | [] {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? [path, found.mtimeMs, found.size] : [];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
