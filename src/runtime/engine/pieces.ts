// Pieces of a stage's work, which another adapter or other kernels round differently: they would lead to other weights.
import type { AdapterSummary } from '../../core/events.ts';
import type { RunContext } from '../../dsl/stage/context.ts';
import type { Identity } from '../keys/identity.ts';
import { StageKept, type KeptOptions } from '../keys/kept.ts';
import { StageCheckpoints } from './checkpoints.ts';
import type { ResultCache } from './options.ts';

export interface Pieces {
  readonly checkpoints: StageCheckpoints;
  readonly kept: StageKept;
}

interface PiecesOptions extends Pick<KeptOptions, 'anew' | 'pending' | 'behind'> {
  readonly run: RunContext;
  readonly adapter: () => AdapterSummary | undefined;
  /** Set once the stage asked for the device. */
  readonly use: { computes: boolean };
}

export async function piecesOf(
  { store, code, checkpointMs }: ResultCache,
  { key, parts }: Identity,
  { run, adapter, anew, use, pending, behind }: PiecesOptions,
): Promise<Pieces> {
  const { kernels } = await code.packageDigests();
  const checkpoints = new StageCheckpoints({ store, identity: () => [key, kernels, adapter() ?? null], signal: run.signal, intervalMs: checkpointMs });
  const kept = new StageKept({
    store,
    parts: { ...parts, 'package kernels': kernels },
    anew,
    adapter: () => (use.computes ? adapter() : undefined),
    // What uses a result of a device depends on that device.
    open: () => ((use.computes = true), run.compute()),
    drop: (part) => checkpoints.drop(part),
    pending,
    behind,
  });
  return { checkpoints, kept };
}
