// Where linear models are searched for on an adapter. A search goes by other roundings on the host and on the device, so it is
// settled before anything is looked up or computed, and is part of where a result was computed.
import type { Compute } from '../../../core/compute.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { AdapterSummary } from '../../../core/events.ts';
import { sha256Of } from '../files/sha256.ts';
import { nodeNoteStore } from './noteStore.ts';

type Solver = NonNullable<Compute['solver']>;

/**
 * As PIPELINE_SOLVER says or this caller, or where `pipeline doctor --tune` found that it takes less time on this adapter, or else on the host.
 *
 * @throws E_USAGE for a PIPELINE_SOLVER that is neither `host` nor `device`
 */
export async function withSolver(adapter: AdapterSummary, wanted?: Solver): Promise<AdapterSummary> {
  const solver = solverWish() ?? wanted ?? (await nodeNoteStore().get(noteOf(adapter)));
  return solver === 'device' ? { ...adapter, solver } : adapter;
}

function solverWish(): Solver | undefined {
  const given = process.env['PIPELINE_SOLVER']?.trim();
  if (!given) return undefined;
  if (given === 'host' || given === 'device') return given;
  throw new PipelineError('E_USAGE', `PIPELINE_SOLVER is '${given}'; host or device is needed.`, {
    hint: 'Leave it out: `pipeline doctor --tune` measures where it takes less time.',
  });
}

/** Keeps what was measured. */
export async function noteSolver(adapter: AdapterSummary, solver: Solver): Promise<void> {
  await nodeNoteStore().set(noteOf(adapter), solver);
}

function noteOf({ name, vendor, architecture, driver }: AdapterSummary): string {
  return `solver-${sha256Of(JSON.stringify([name, vendor, architecture, driver])).slice(0, 24)}`;
}
