// Chooses the adapter: a real GPU, else the system's software Vulkan, else the SwiftShader that npm installed. Dawn
// reads the Vulkan environment anew with each create(), so one process can try the system's drivers first and the
// embedded one after; on macOS and Windows only the system's adapters exist. Every place tried leaves a Candidate with
// its reason, which is what `pipeline doctor` and E_NO_ADAPTER show.
import type { AdapterSummary } from '../../core/events.ts';
import { PipelineError } from '../../core/errors.ts';
import { fasterSoftwareAdapter, vulkanDrivers } from './advice.ts';
import { cacheDirectory } from './directories.ts';
import { adapterNames, loadDawn, loadLibrary, missingVulkanLoader, nameContains, requestAdapter, summaryOf, type Dawn } from './dawn.ts';
import { findSwiftShader, unpackSwiftShader } from './swiftshader.ts';

export type CandidateName = 'gpu' | 'system-software' | 'swiftshader';

/** One kind of adapter and what became of it. `available`: would work, another one was preferred or asked for. */
export interface Candidate {
  readonly name: CandidateName;
  readonly status: 'chosen' | 'available' | 'refused' | 'not-tried';
  readonly reason: string;
  readonly summary?: AdapterSummary | undefined;
  /** What would make this candidate usable or faster. */
  readonly tip?: string | undefined;
}

export interface OpenedAdapter {
  readonly adapter: GPUAdapter;
  readonly summary: AdapterSummary;
  readonly candidates: readonly Candidate[];
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenAdapterOptions {
  /** `auto`, `gpu`, `software`, `lavapipe`, `swiftshader` or a part of an adapter's name. Beats PIPELINE_ADAPTER. */
  readonly adapter?: string | undefined;
  readonly env?: Environment | undefined;
  /** Also try what is not needed, so that no candidate stays `not-tried`. */
  readonly tryAll?: boolean | undefined;
}

interface Found {
  readonly candidate: CandidateName;
  readonly adapter: GPUAdapter;
  readonly summary: AdapterSummary;
}

interface Tried {
  readonly found: readonly Found[];
  /** Why there is nothing more, for each candidate of this place. */
  readonly reasons: Partial<Record<CandidateName, { readonly reason: string; readonly tip?: string | undefined }>>;
}

interface Place {
  readonly candidates: readonly CandidateName[];
  readonly look: (dawn: Dawn, wish: Wish, env: Environment) => Promise<Tried>;
}

interface Wish {
  readonly text: string;
  readonly accepts: (found: Found) => boolean;
  readonly places: readonly Place[];
  readonly listAll: boolean;
}

const SYSTEM: Place = { candidates: ['gpu', 'system-software'], look: lookInSystem };
const EMBEDDED: Place = { candidates: ['swiftshader'], look: lookInPackage };
const ORDER: readonly CandidateName[] = ['gpu', 'system-software', 'swiftshader'];

/**
 * The adapter to compute on.
 *
 * @throws E_NO_ADAPTER with the reason of every candidate and one cure.
 * @example
 * const { adapter, summary } = await openAdapter({ adapter: 'software' });
 */
export async function openAdapter(options: OpenAdapterOptions = {}): Promise<OpenedAdapter> {
  const env = options.env ?? process.env;
  const option = options.adapter?.trim();
  const wish = wishOf(option || env['PIPELINE_ADAPTER']?.trim() || 'auto', options.tryAll ?? false);
  const dawn = await loadDawn();
  const tried = new Map<Place, Tried>();
  let chosen: Found | undefined;
  for (const place of wish.places) {
    if (chosen && !wish.listAll) break;
    const result = await place.look(dawn, wish, env);
    tried.set(place, result);
    chosen ??= result.found.find(wish.accepts);
  }
  const candidates = candidatesOf(tried, chosen, wish);
  if (!chosen) throw noAdapter(wish, candidates, [...tried.values()].flatMap((place) => place.found));
  return { adapter: chosen.adapter, summary: chosen.summary, candidates };
}

function wishOf(text: string, listAll: boolean): Wish {
  const is = (part: string) => ({ adapter, summary }: Found): boolean =>
    [adapter.info.device, summary.name, summary.driver].some((name) => nameContains(name, part));
  const every = listAll ? [SYSTEM, EMBEDDED] : undefined;
  switch (text.toLowerCase()) {
    case 'auto':
      return { text, listAll, accepts: () => true, places: [SYSTEM, EMBEDDED] };
    case 'gpu':
      return { text, listAll, accepts: (found) => !found.summary.software, places: every ?? [SYSTEM] };
    case 'software':
      return { text, listAll, accepts: (found) => found.summary.software, places: [SYSTEM, EMBEDDED] };
    case 'lavapipe':
    case 'llvmpipe':
      return { text, listAll, accepts: is('llvmpipe'), places: every ?? [SYSTEM] };
    case 'swiftshader':
      return { text, listAll, accepts: is('swiftshader'), places: [EMBEDDED, SYSTEM] };
    default:
      return { text, listAll, accepts: is(text), places: [SYSTEM, EMBEDDED] };
  }
}

/** The best adapter first; the others are opened only when the best is not what was asked for. */
async function lookInSystem(dawn: Dawn, wish: Wish, env: Environment): Promise<Tried> {
  const nothing = (reason: string, tip?: string): Tried => ({ found: [], reasons: { gpu: { reason }, 'system-software': { reason, tip } } });
  const missing = missingVulkanLoader();
  if (missing) return nothing(`this system has no usable Vulkan (${missing})`, fasterSoftwareAdapter());
  const drivers = process.platform === 'linux' ? vulkanDrivers(env) : undefined;
  if (drivers?.length === 0) return nothing('this system has a Vulkan loader but no driver', fasterSoftwareAdapter());
  const best = await openNamed(dawn);
  if (!best) {
    const which = drivers ? ` (${drivers.map((name) => name.replace(/_icd.*$/, '')).join(', ')})` : '';
    if (process.platform !== 'linux') return nothing('this system offers no adapter that Dawn accepts');
    return nothing(`Dawn accepts none of the installed Vulkan drivers${which}; lavapipe is accepted from Mesa 24 on`, fasterSoftwareAdapter());
  }
  const found = [best];
  if (wish.listAll || !wish.accepts(best)) {
    for (const name of new Set(await adapterNames(dawn))) {
      // Opening the best one once more would only repeat Dawn's warnings.
      const other = nameContains(best.adapter.info.device, name) ? undefined : await openNamed(dawn, name);
      if (other) found.push(other);
    }
  }
  return {
    found,
    reasons: {
      gpu: { reason: 'no hardware adapter: no GPU here, or its driver is missing' },
      'system-software': { reason: 'no software adapter among the installed drivers', tip: process.platform === 'linux' ? fasterSoftwareAdapter() : undefined },
    },
  };
}

async function openNamed(dawn: Dawn, rawName?: string): Promise<Found | undefined> {
  const adapter = await requestAdapter(dawn, rawName === undefined ? [] : [`adapter=${rawName}`]);
  if (!adapter) return undefined;
  const summary = summaryOf(adapter);
  return { candidate: summary.software ? 'system-software' : 'gpu', adapter, summary };
}

async function lookInPackage(dawn: Dawn, _wish: Wish, env: Environment): Promise<Tried> {
  const nothing = (reason: string, tip?: string): Tried => ({ found: [], reasons: { swiftshader: { reason, tip } } });
  const archive = findSwiftShader();
  if (typeof archive === 'string') {
    return nothing(archive, /not installed/.test(archive) ? 'Run npm install without --omit=optional.' : undefined);
  }
  try {
    const files = await unpackSwiftShader(archive, { cache: cacheDirectory(env) });
    const failure = missingVulkanLoader() && loadLibrary(files.loader);
    if (failure) return nothing(`its Vulkan loader does not load: ${failure}`);
    const adapter = await withVulkanDriver(files.icd, () => requestAdapter(dawn, []));
    if (!adapter) return nothing('Dawn does not accept it (in a worker thread: environment changes do not reach the driver)');
    return { found: [{ candidate: 'swiftshader', adapter, summary: summaryOf(adapter) }], reasons: {} };
  } catch (error) {
    return nothing(`it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The loader reads these while `open` runs and not after, so the user's values return before anything else happens. */
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

function candidatesOf(tried: ReadonlyMap<Place, Tried>, chosen: Found | undefined, wish: Wish): Candidate[] {
  return ORDER.map((name): Candidate => {
    const place = name === 'swiftshader' ? EMBEDDED : SYSTEM;
    const result = tried.get(place);
    if (!result) return { name, status: 'not-tried', reason: chosen ? `${chosen.summary.name} was found first` : `not asked for: the adapter wanted is ${wish.text}` };
    const own = result.found.filter((found) => found.candidate === name);
    if (chosen?.candidate === name) {
      const tip = name === 'swiftshader' && process.platform === 'linux' ? fasterSoftwareAdapter() : undefined;
      return { name, status: 'chosen', reason: `${chosen.summary.name}, ${chosen.summary.driver}`, summary: chosen.summary, tip };
    }
    const first = own[0];
    if (!first) return { name, status: 'refused', ...(result.reasons[name] ?? { reason: 'not found' }) };
    const names = own.map((found) => found.summary.name).join(', ');
    return wish.accepts(first)
      ? { name, status: 'available', reason: `${names}: works, a better one was found`, summary: first.summary }
      : { name, status: chosen ? 'available' : 'refused', reason: `${names}: works, but the adapter wanted is ${wish.text}`, summary: first.summary };
  });
}

function noAdapter(wish: Wish, candidates: readonly Candidate[], found: readonly Found[]): PipelineError {
  const title = wish.text === 'auto' ? 'No adapter to compute on.' : `No adapter fits "${wish.text}" (asked for by ${wish.origin}).`;
  const lines = candidates.map(({ name, reason }) => `  ${name}: ${reason}`);
  const names = found.map((one) => one.summary.name);
  const elsewhere = names.length > 0 ? `Use --adapter auto, or a part of: ${names.join(', ')}.` : 'Use --adapter auto.';
  const tip = candidates.findLast((candidate) => candidate.tip)?.tip;
  const hint = wish.text === 'auto' ? tip ?? 'Run pipeline doctor.' : wish.wantsMesa && tip ? tip : elsewhere;
  return new PipelineError('E_NO_ADAPTER', [title, ...lines].join('\n'), { hint });
}
