// PIPELINE_SOLVER: where linear models are searched for. A search goes by other roundings on the host and on the device, so what was
// asked for is part of where a result was computed.
import type { Compute } from '../../../core/compute.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { AdapterSummary } from '../../../core/events.ts';

/** @throws E_USAGE for anything but `host` and `device` */
export function solverWish(): Compute['solver'] {
  const given = process.env['PIPELINE_SOLVER']?.trim();
  if (!given) return undefined;
  if (given === 'host' || given === 'device') return given;
  throw new PipelineError('E_USAGE', `PIPELINE_SOLVER is '${given}'; host or device is needed.`, {
    hint: 'Leave it out: where it takes less time is measured once a device.',
  });
}

/** With what was asked for, unless that is what the adapter does anyway: software adapters use the host. */
export function asAsked(summary: AdapterSummary): AdapterSummary {
  const solver = solverWish();
  return solver === undefined || (solver === 'host' && summary.software) ? summary : { ...summary, solver };
}
