// Whether a stage computes on a device is known once it ran. From then on a mark under its key says so, and what it provided is
// kept under a second key, which the adapter is part of: a stage that needs no device has one result for all adapters.
import { reasonOf } from '../../core/errors/errors.ts';
import type { AdapterSummary } from '../../core/events.ts';
import { BY_ADAPTER, type CacheEntry } from './cache.ts';
import { onAdapter, type CodeDigests, type Identity } from './identity.ts';

export interface Found {
  /** With the adapter, where the result depends on it. */
  readonly identity: Identity;
  readonly entry?: CacheEntry | undefined;
}

/**
 * @param read what stands under a key
 * @param adapter the one that the stage would compute on; asked only where that matters
 */
export async function lookUp(
  identity: Identity,
  read: (key: string) => Promise<CacheEntry | typeof BY_ADAPTER | undefined>,
  adapter: () => Promise<AdapterSummary>,
  code: CodeDigests,
): Promise<Found> {
  if (identity.key === undefined) return { identity };
  const entry = await read(identity.key);
  if (entry !== BY_ADAPTER) return { identity, entry };
  try {
    const own = await onAdapter(identity, await adapter(), code);
    const found = await read(own.key!);
    return { identity: own, entry: found === BY_ADAPTER ? undefined : found };
  } catch (error) {
    // Told in full by the stage, when it asks for the device.
    return { identity: { parts: identity.parts, why: `its adapter is unknown: ${reasonOf(error).split('\n')[0]}` } };
  }
}
