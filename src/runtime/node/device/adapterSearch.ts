// The two places an adapter can come from: the drivers of this system, and the SwiftShader that npm installed. Looking in
// one never throws: what is not there leaves its reason, so that the next place gets its turn.
import { reasonOf } from '../../../core/errors/errors.ts';
import type { AdapterSummary } from '../../../core/events.ts';
import { fasterSoftwareAdapter, vulkanDrivers } from './installHints.ts';
import { summaryOf } from '../../gpu/device.ts';
import { adapterNames, loadLibrary, missingVulkanLoader, nameContains, requestAdapter, type Dawn } from './dawn.ts';
import { cacheDirectory } from '../directories.ts';
import { findSwiftShader, unpackSwiftShader } from './swiftshader.ts';

export type CandidateName = 'gpu' | 'system-software' | 'swiftshader';
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Found {
  readonly candidate: CandidateName;
  readonly adapter: GPUAdapter;
  readonly summary: AdapterSummary;
}

export interface Absence {
  readonly reason: string;
  readonly tip?: string | undefined;
}

/** What a place holds, best first, and why it holds no more. */
export interface Tried {
  readonly found: readonly Found[];
  readonly absent: { readonly [name in CandidateName]?: Absence };
}

/** Opens the system's best adapter, and the others only when that one is not accepted or `all` are wanted. */
export async function lookInSystem(dawn: Dawn, accepts: (found: Found) => boolean, all: boolean, env: Environment): Promise<Tried> {
  const linux = process.platform === 'linux';
  const tip = linux ? fasterSoftwareAdapter() : undefined;
  const nothing = (reason: string): Tried => ({ found: [], absent: { gpu: { reason }, 'system-software': { reason, tip } } });
  // Asked first, because Dawn complains on stderr when there is no loader or no driver.
  const missing = missingVulkanLoader();
  if (missing) return nothing(`this system has no usable Vulkan (${missing})`);
  const drivers = linux ? vulkanDrivers(env) : undefined;
  if (drivers?.length === 0) return nothing('this system has a Vulkan loader but no driver');

  const best = await openNamed(dawn);
  if (!best) {
    if (!linux) return nothing('this system offers no adapter that Dawn accepts');
    const names = drivers ? ` (${drivers.map((name) => name.replace(/_icd.*$/, '')).join(', ')})` : '';
    return nothing(`Dawn accepts none of the installed Vulkan drivers${names}; it takes lavapipe from Mesa 24 on`);
  }
  const found = [best];
  if (all || !accepts(best)) {
    for (const name of new Set(await adapterNames(dawn))) {
      // Opening the best one once more would only repeat Dawn's warnings.
      const other = nameContains(best.adapter.info.device, name) ? undefined : await openNamed(dawn, name);
      if (other) found.push(other);
    }
  }
  return {
    found,
    absent: {
      gpu: { reason: 'no hardware adapter: this machine has no GPU, or its driver is missing' },
      'system-software': { reason: 'no software adapter among the installed drivers', tip },
    },
  };
}

async function openNamed(dawn: Dawn, name?: string): Promise<Found | undefined> {
  const adapter = await requestAdapter(dawn, name === undefined ? [] : [`adapter=${name}`]);
  if (!adapter) return undefined;
  const summary = summaryOf(adapter);
  return { candidate: summary.software ? 'system-software' : 'gpu', adapter, summary };
}

/** The SwiftShader of the optional npm package, unpacked on first use. */
export async function lookInPackage(dawn: Dawn, env: Environment): Promise<Tried> {
  const nothing = (reason: string, tip?: string): Tried => ({ found: [], absent: { swiftshader: { reason, tip } } });
  const archive = findSwiftShader();
  if ('missing' in archive) return nothing(archive.missing, archive.cure);
  try {
    const files = await unpackSwiftShader(archive, { cache: cacheDirectory(env) });
    const failure = missingVulkanLoader() && loadLibrary(files.loader);
    if (failure) return nothing(`its Vulkan loader does not load: ${failure}`);
    const adapter = await withVulkanDriver(files.icd, () => requestAdapter(dawn, []));
    // A worker thread has its own copy of the environment, which the driver does not see.
    if (!adapter) return nothing('Dawn does not accept it here; it needs the main thread of a process');
    return { found: [{ candidate: 'swiftshader', adapter, summary: summaryOf(adapter) }], absent: {} };
  } catch (error) {
    return nothing(`it cannot be unpacked: ${reasonOf(error)}`);
  }
}

/** The loader reads these while `open` runs and not after: the user's values are back before anything else happens. */
function withVulkanDriver<T>(icd: string, open: () => T): T {
  const names = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = icd;
  try {
    return open();
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  }
}
