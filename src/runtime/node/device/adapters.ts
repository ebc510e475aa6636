// Chooses the adapter: a real GPU, else the system's software Vulkan, else the SwiftShader that npm installed. Dawn
// reads the Vulkan environment anew with each create(), so one process can try the system's drivers first and the
// embedded one after; on macOS and Windows only the system's adapters exist. Every candidate keeps its reason, which is
// what `pipeline doctor` and E_NO_ADAPTER show.
import type { AdapterSummary } from '../../../core/events.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import { lookInPackage, lookInSystem, type CandidateName, type Environment, type Found, type Tried } from './adapterSearch.ts';
import { fasterSoftwareAdapter } from './installHints.ts';
import { loadDawn, nameContains } from './dawn.ts';

/** One kind of adapter and what became of it. `available`: works, another one was preferred or asked for. */
export interface Candidate {
  readonly name: CandidateName;
  readonly status: 'chosen' | 'available' | 'refused' | 'not-tried';
  readonly reason: string;
  readonly summary?: AdapterSummary | undefined;
  /** What would make this candidate usable, or what is faster. */
  readonly tip?: string | undefined;
}

export interface OpenedAdapter {
  readonly adapter: GPUAdapter;
  readonly summary: AdapterSummary;
  readonly candidates: readonly Candidate[];
}

export interface OpenAdapterOptions {
  /** `auto`, `gpu`, `software`, `lavapipe`, `swiftshader` or a part of an adapter's name. Beats PIPELINE_ADAPTER. */
  readonly adapter?: string | undefined;
  /** Default: the process's. Read for PIPELINE_ADAPTER and PIPELINE_CACHE; drivers always see the process's own. */
  readonly env?: Environment | undefined;
  /** Also tries what is not needed, so that no candidate stays `not-tried`. */
  readonly tryAll?: boolean | undefined;
  /** Hides Dawn's own warnings on a terminal or in a pipe; what that costs stands in muteStderr.ts. */
  readonly quiet?: boolean | undefined;
}

export interface AdapterSearch {
  readonly candidates: readonly Candidate[];
  readonly opened?: OpenedAdapter;
  readonly refusal?: PipelineError;
}

/** What was asked for, and where it may be. */
interface Wish {
  readonly text: string;
  readonly places: readonly Place[];
  readonly accepts: (found: Found) => boolean;
  /** A missing software driver is the thing to cure. */
  readonly wantsSoftware: boolean;
}

type Place = 'system' | 'package';
const PLACES: readonly Place[] = ['system', 'package'];
const CANDIDATES: readonly { readonly name: CandidateName; readonly place: Place }[] = [
  { name: 'gpu', place: 'system' },
  { name: 'system-software', place: 'system' },
  { name: 'swiftshader', place: 'package' },
];

/**
 * The adapter to compute on.
 *
 * @throws E_NO_ADAPTER with the reason of every candidate and one cure.
 * @example
 * const { adapter, summary } = await openAdapter({ adapter: 'software' });
 */
export async function openAdapter(options: OpenAdapterOptions = {}): Promise<OpenedAdapter> {
  const { opened, refusal } = await searchAdapter(options);
  if (!opened) throw refusal;
  return opened;
}

/** As {@link openAdapter}, but an adapter that is not there is an answer: `refusal` is set when `opened` is not. */
export async function searchAdapter(options: OpenAdapterOptions): Promise<AdapterSearch> {
  const env = options.env ?? process.env;
  const tryAll = options.tryAll ?? false;
  const wish = wishOf(options.adapter?.trim() || env['PIPELINE_ADAPTER']?.trim() || 'auto');
  const dawn = await loadDawn({ quiet: options.quiet ?? false });
  const tried = new Map<Place, Tried>();
  let chosen: Found | undefined;
  for (const place of new Set<Place>([...wish.places, ...(tryAll ? PLACES : [])])) {
    if (chosen && !tryAll) break;
    const result = place === 'system' ? await lookInSystem(dawn, wish.accepts, tryAll, env) : await lookInPackage(dawn, env);
    tried.set(place, result);
    if (wish.places.includes(place)) chosen ??= result.found.find(wish.accepts);
  }
  const candidates = CANDIDATES.map(({ name, place }) => candidateOf(name, tried.get(place), chosen, wish));
  if (!chosen) return { candidates, refusal: noAdapter(wish, candidates) };
  return { candidates, opened: { adapter: chosen.adapter, summary: chosen.summary, candidates } };
}

function wishOf(text: string): Wish {
  const named =
    (part: string) =>
    ({ adapter, summary }: Found): boolean =>
      [adapter.info.device, summary.name, summary.driver].some((name) => nameContains(name, part));
  switch (text.toLowerCase()) {
    case 'auto':
      return { text, places: ['system', 'package'], accepts: () => true, wantsSoftware: true };
    case 'gpu':
      return { text, places: ['system'], accepts: ({ summary }) => !summary.software, wantsSoftware: false };
    case 'software':
      return { text, places: ['system', 'package'], accepts: ({ summary }) => summary.software, wantsSoftware: true };
    case 'lavapipe':
      return { text, places: ['system'], accepts: named('llvmpipe'), wantsSoftware: true };
    case 'swiftshader':
      return { text, places: ['package', 'system'], accepts: named('swiftshader'), wantsSoftware: true };
    default:
      return { text, places: ['system', 'package'], accepts: named(text), wantsSoftware: false };
  }
}

function candidateOf(name: CandidateName, tried: Tried | undefined, chosen: Found | undefined, wish: Wish): Candidate {
  if (chosen?.candidate === name) {
    const { summary } = chosen;
    return { name, status: 'chosen', reason: `${summary.name}, driver ${summary.driver}`, summary, tip: fasterThan(chosen) };
  }
  if (!tried) return { name, status: 'not-tried', reason: chosen ? `${chosen.summary.name} came first` : `"${wish.text}" is looked for elsewhere` };
  const own = tried.found.filter((found) => found.candidate === name);
  const first = own[0];
  if (!first) return { name, status: 'refused', ...(tried.absent[name] ?? { reason: 'not found' }) };
  const names = own.map((found) => found.summary.name).join(', ');
  return wish.accepts(first)
    ? { name, status: 'available', reason: `${names} works; ${chosen?.summary.name} came first`, summary: first.summary }
    : { name, status: chosen ? 'available' : 'refused', reason: `${names} works, but "${wish.text}" was asked for`, summary: first.summary };
}

/** The embedded adapter is the last choice, and the one a user can do something about. */
function fasterThan({ candidate }: Found): string | undefined {
  return candidate === 'swiftshader' && process.platform === 'linux' ? fasterSoftwareAdapter() : undefined;
}

function noAdapter(wish: Wish, candidates: readonly Candidate[]): PipelineError {
  const title = wish.text === 'auto' ? 'There is no adapter to compute on.' : `No adapter fits "${wish.text}".`;
  const lines = candidates.map(({ name, reason }) => `  ${name}: ${reason}`);
  const tip = wish.wantsSoftware ? candidates.findLast((candidate) => candidate.tip)?.tip : undefined;
  const names = candidates.flatMap(({ summary }) => summary?.name ?? []);
  const others = names.length > 0 ? `--adapter auto, or a part of one of these names: ${names.join(', ')}` : '--adapter auto';
  return new PipelineError('E_NO_ADAPTER', [title, ...lines].join('\n'), { hint: tip ?? `Use ${others}.` });
}
