// Dawn for Node as this package uses it: loaded only when a device is needed (the CLI's help must not load 60 MB of
// native code), with a readable reason when it does not load, and with every object from create() kept until the
// process ends, because collecting one while the process runs is a segmentation fault.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import { withStderrMuted, untilIdle } from './muteStderr.ts';

const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
/** Linux's RTLD_NODELETE, which Node does not name: the library stays although it is no Node addon. */
const RTLD_NODELETE = 0x1000;
const owners: GPU[] = [];

export interface Dawn {
  readonly create: (flags: string[]) => GPU;
  readonly quiet: boolean;
}

/**
 * The `webgpu` package.
 *
 * @throws E_NO_ADAPTER when its native part does not load, with the cause in words.
 */
export async function loadDawn({ quiet }: { readonly quiet: boolean }): Promise<Dawn> {
  const own = ownGpu();
  if (own) return { create: () => own, quiet: false };
  try {
    const { create } = await import('webgpu');
    if (quiet) await untilIdle();
    return { create, quiet };
  } catch (cause) {
    throw new PipelineError('E_NO_ADAPTER', `The npm package webgpu does not load: ${loadFailure(cause)}`, {
      hint: loadCure(cause),
      cause,
    });
  }
}

/** Deno has WebGPU of its own, wgpu, and so needs no Dawn. */
function ownGpu(): GPU | undefined {
  return 'deno' in process.versions ? (navigator as Partial<NavigatorGPU>).gpu : undefined;
}

/** Why `import('webgpu')` failed, in one sentence. */
export function loadFailure(cause: unknown): string {
  const text = reasonOf(cause);
  const library = /version `((?:GLIBCXX|GLIBC|CXXABI)_[\d.]+)' not found/.exec(text)?.[1];
  if (library) return `it was built for a newer C++ library (${library}) than this system has.`;
  if (/Cannot find (package|module)/.test(text)) {
    return /dawn\.node/.test(text) ? `it has no build for ${process.platform}-${process.arch}.` : 'it is not installed.';
  }
  return text.split('\n')[0]!;
}

function loadCure(cause: unknown): string {
  const text = reasonOf(cause);
  if (/GLIBC|CXXABI/.test(text))
    return 'Install webgpu 0.6.2 exactly (npm install webgpu@0.6.2), or use a system with GCC 13 libraries, such as Debian 13 or Ubuntu 24.04.';
  if (/dawn\.node/.test(text)) return 'Use Linux, macOS or Windows on x64 or arm64.';
  return 'Run npm install again, without --ignore-scripts and without --omit=optional.';
}

/** Enumerates devices at once, in this call: the driver environment needs to be set only around it. */
export function requestAdapter(dawn: Dawn, flags: readonly string[]): Promise<GPUAdapter | null> {
  const request = (): Promise<GPUAdapter | null> => {
    const gpu = dawn.create([...flags]);
    owners.push(gpu);
    return gpu.requestAdapter({ powerPreference: 'high-performance' });
  };
  return dawn.quiet ? withStderrMuted(request) : request();
}

/** Raw names of every adapter that Dawn accepts with the present driver environment, best first. */
export async function adapterNames(dawn: Dawn): Promise<readonly string[]> {
  // Dawn has no call for this; it lists all adapters when none has the wanted name.
  const text = await requestAdapter(dawn, ['adapter=\u0001']).then(
    () => '',
    (error: unknown) => String(error),
  );
  return [...text.matchAll(/name: '(.*)'$/gm)].map((match) => match[1]!);
}

/** Names are compared without case and punctuation: Dawn's list says `NVIDIA H200`, its info `nvidia-h200`. */
export function nameContains(name: string, part: string): boolean {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
  return plain(name).includes(plain(part));
}

let missing: { readonly reason: string | undefined } | undefined;

/**
 * Why the system has no Vulkan loader, or undefined when it has one. Asked before Dawn is, which complains on stderr;
 * and asked once, because the loader that comes with SwiftShader would be taken for the system's later.
 */
export function missingVulkanLoader(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  missing ??= { reason: openLoader() };
  return missing.reason;
}

function openLoader(): string | undefined {
  const besideDawn = join(dirname(createRequire(import.meta.url).resolve('webgpu')), 'dist', `linux-${process.arch}`);
  if ([besideDawn, dirname(process.execPath)].some((folder) => existsSync(join(folder, 'libvulkan.so.1')))) return undefined;
  return openLibrary('libvulkan.so.1', RTLD_NOW);
}

/** Loads a plain shared library for good, so that a later dlopen by its short name finds it. */
export function loadLibrary(path: string): string | undefined {
  return openLibrary(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
}

/** Undefined when it loaded, else the system's reason. */
function openLibrary(path: string, flags: number): string | undefined {
  const { Deno } = globalThis as { readonly Deno?: { dlopen(path: string, symbols: object): unknown } };
  try {
    // Deno's process.dlopen knows no short names.
    if (Deno) Deno.dlopen(path, {});
    else process.dlopen({ exports: {} }, path, flags);
  } catch (error) {
    // The library is loaded by then; it only is not an addon, as Node and Bun say it.
    const text = reasonOf(error);
    if (!/did not self-register|napi_register_module_v1/.test(text)) return text.split('\n')[0];
  }
  return undefined;
}
