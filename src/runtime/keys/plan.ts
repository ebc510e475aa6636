// What a run would do, told without running anything: the same identities as the engine's, as far as they can be known
// before a stage ran.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { nodesOf, type GraphNode } from '../../dsl/graph/graph.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import type { AdapterSummary } from '../../core/events.ts';
import { isOld, readEntry, type CacheEntry } from './cache.ts';
import type { ResultCache } from '../engine/options.ts';
import { filesLeft, identify, type Identity, type Parts } from './identity.ts';
import { lookUp } from './lookUp.ts';
import { modesOf, type Mode, type Selection } from '../engine/selection.ts';
import { inputDigests, lazyValue, type LazyValue } from '../engine/values/lazyValues.ts';
import type { Surroundings } from '../surroundings.ts';

export interface PlannedStage {
  readonly node: GraphNode;
  /** `runs` for sure, `waits` to see what the stages under `until` provide, or is `missing` where a run may not compute it. */
  readonly does: 'cached' | 'runs' | 'waits' | 'missing';
  /** Why it runs whatever its parts are: it was asked for, or its result is never kept. */
  readonly why?: string | undefined;
  /** What decides its result; inputs that nobody knows yet are left out. */
  readonly parts: Parts;
  /** Paths of the stages that run for sure and decide what this one reads. */
  readonly until: readonly string[];
}

export interface PlanOptions {
  /** Absent: nothing is cached. */
  readonly cache?: ResultCache | undefined;
  readonly around?: Surroundings | undefined;
  /** Where a run would compute. Absent: nothing that was computed on a device is cached. @throws E_NO_ADAPTER */
  readonly adapter?: (() => Promise<AdapterSummary>) | undefined;
  readonly selection?: Selection | undefined;
  readonly seed?: number | undefined;
}

/** Stands for the digest of a value that does not exist yet. */
const UNKNOWN = 'unknown';

/**
 * The stages that a run would reach, in its order. Asks the cache what it has, and which adapter there is where that decides; computes nothing
 * and reads no rows.
 *
 * @throws E_USAGE for a selection of stages that are not there
 */
export async function planOf(
  { graph }: Pipeline,
  { cache, around, adapter = noAdapter, selection = {}, seed = 0 }: PlanOptions,
): Promise<readonly PlannedStage[]> {
  const modes = modesOf(graph, selection);
  const left = filesLeft(graph.nodes);
  const values = new Map<GraphNode, Readonly<Record<string, LazyValue>>>();
  const planned = new Map<GraphNode, PlannedStage>();
  for (const node of graph.nodes) {
    const mode = modes.get(node)!;
    if (mode === 'skip') continue;
    const { pending, until } = waitsOf(node, planned);
    const unknown = Object.fromEntries(pending.map((key) => [key, UNKNOWN]));
    const inputs = { ...(await inputDigests(node, values)), ...unknown };
    const asked = cache && (await identify(node, inputs, cache.code, seed, { around, left }).catch(notYet));
    const known = asked?.key !== undefined && pending.length === 0 && mode !== 'run';
    const { validFor } = node.stage.spec.inputs ?? {};
    const read = (key: string): ReturnType<typeof readEntry> => readEntry(cache!.store, key, node.provides);
    const { identity, entry: found } = known ? await lookUp(asked, read, adapter, cache!.code) : { identity: asked };
    const old = found && isOld(found, validFor);
    const entry = old ? undefined : found;
    const why = entry ? undefined : old ? `its result is older than ${validFor}` : whyAlways(mode, identity);
    const parts = Object.fromEntries(Object.entries(identity?.parts ?? {}).filter(([part]) => !pending.some((key) => part === `input ${key}`)));
    planned.set(node, { node, does: doesOf(node, mode, entry, why === undefined && pending.length > 0), why, parts, until });
    values.set(node, Object.fromEntries(node.provides.map((key) => [key, lazyValue(entry?.digests[key] ?? UNKNOWN, neverRead)])));
  }
  return [...planned.values()];
}

/** A file that a stage declares may be what another one leaves. */
function notYet(error: unknown): Identity {
  return { parts: {}, why: reasonOf(error).replace(/\.$/, '') };
}

/** The inputs that do not exist yet, and the stages they wait for. */
function waitsOf(node: GraphNode, planned: ReadonlyMap<GraphNode, PlannedStage>): { readonly pending: readonly string[]; readonly until: readonly string[] } {
  const reads = Object.entries(node.inputs).flatMap(([key, ref]) => nodesOf(ref).map((read) => ({ key, before: planned.get(read)! })));
  const waiting = reads.filter(({ before }) => before.does !== 'cached');
  const until = waiting.flatMap(({ before }) => (before.does === 'waits' ? before.until : [before.node.path]));
  return { pending: [...new Set(waiting.map(({ key }) => key))], until: [...new Set(until)] };
}

function whyAlways(mode: Mode, identity: Identity | undefined): string | undefined {
  if (mode === 'run') return 'requested on the command line';
  if (!identity) return 'the cache is off';
  return identity.key === undefined ? identity.why : undefined;
}

function doesOf({ stage }: GraphNode, mode: Mode, entry: CacheEntry | undefined, waits: boolean): PlannedStage['does'] {
  if (entry) return 'cached';
  if (mode === 'cached' && stage.spec.retention !== 'nothing') return 'missing';
  return waits ? 'waits' : 'runs';
}

async function noAdapter(): Promise<never> {
  throw new PipelineError('E_NO_ADAPTER', 'no adapter was looked for');
}

function neverRead(): Promise<never> {
  throw new Error('a plan reads no values');
}
