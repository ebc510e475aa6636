// What a run needs from Node: a device opened by the adapter policy, shaders from disk, files from cache or network.
import { readFile } from 'node:fs/promises';
import type { Compute } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { AdapterSummary } from '../../core/events.ts';
import { createCompute, type ComputeOptions } from '../gpu/compute.ts';
import type { OpenedCompute } from '../run.ts';
import { openAdapter, type OpenAdapterOptions } from './device/adapters.ts';
import { openDevice } from './device/openDevice.ts';
import { rememberAdapter } from './device/rememberedAdapter.ts';
import { withSolver } from './device/solver.ts';
import { rememberLimits } from './device/rememberedLimits.ts';
import { nodeNoteStore } from './device/noteStore.ts';
import { throttlePolling } from './device/polling.ts';

/** On a software adapter: what is kept there takes the memory that rows were stored for want of. */
const SOFTWARE_STORED_BYTES = 400e6;

export const loadText = (url: URL): Promise<string> => readFile(url, 'utf8');

/** Opens the device that the options name, or the best one. @throws E_NO_ADAPTER; E_USAGE for a PIPELINE_DEVICE_MEMORY that is no number, another PIPELINE_SOLVER than host or device */
export async function openNodeCompute(
  options: Pick<OpenAdapterOptions, 'adapter' | 'quiet'> & { readonly solver?: Compute['solver'] } = {},
): Promise<OpenedCompute> {
  const most = residentBytes();
  const opened = await openAdapter(options);
  const summary = await withSolver(opened.summary, options.solver);
  const device = await openDevice(opened);
  await rememberAdapter(options.adapter, opened.summary);
  await rememberLimits(options.adapter, opened.summary, device.limits.maxStorageBufferBindingSize);
  return {
    compute: createCompute(device, {
      load: loadText,
      wait: throttlePolling(opened.summary),
      notes: nodeNoteStore(),
      ...roomOf(opened.summary, most),
      solver: summary.solver,
    }),
    summary,
  };
}

/** PIPELINE_DEVICE_MEMORY: megabytes of rows to keep on the device; the rest is brought in for each pass. */
function residentBytes(): number | undefined {
  const given = process.env['PIPELINE_DEVICE_MEMORY']?.trim();
  if (!given) return undefined;
  const megabytes = Number(given);
  if (megabytes >= 0) return megabytes * 1e6;
  throw new PipelineError('E_USAGE', `PIPELINE_DEVICE_MEMORY is '${given}'; a number of megabytes is needed.`, { hint: 'Set it to 2000 for two gigabytes.' });
}

function roomOf({ software }: AdapterSummary, residentBytes: number | undefined): Pick<ComputeOptions, 'residentBytes' | 'residentStoredBytes'> {
  if (residentBytes !== undefined) return { residentBytes };
  return software ? { residentStoredBytes: SOFTWARE_STORED_BYTES } : {};
}
