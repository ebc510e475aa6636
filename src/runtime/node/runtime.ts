// What a run needs from Node: a device opened by the adapter policy, shaders from disk, files from cache or network.
import { readFile } from 'node:fs/promises';
import { createCompute } from '../gpu/compute.ts';
import type { OpenedCompute } from '../run.ts';
import { openAdapter, type OpenAdapterOptions } from './device/adapters.ts';
import { openDevice } from './device/openDevice.ts';
import { rememberAdapter } from './device/rememberedAdapter.ts';
import { rememberLimits } from './device/rememberedLimits.ts';
import { nodeNoteStore } from './device/noteStore.ts';
import { throttlePolling } from './device/polling.ts';

export const loadText = (url: URL): Promise<string> => readFile(url, 'utf8');

/** Opens the device that the options name, or the best one. @throws E_NO_ADAPTER */
export async function openNodeCompute(options: Pick<OpenAdapterOptions, 'adapter' | 'quiet'> = {}): Promise<OpenedCompute> {
  const opened = await openAdapter(options);
  const device = await openDevice(opened);
  await rememberAdapter(options.adapter, opened.summary);
  await rememberLimits(options.adapter, opened.summary, device.limits.maxStorageBufferBindingSize);
  return {
    compute: createCompute(device, { load: loadText, wait: throttlePolling(opened.summary), notes: nodeNoteStore(), ...residentBytes() }),
    summary: opened.summary,
  };
}

/** PIPELINE_DEVICE_MEMORY: megabytes of rows to keep on the device; the rest is brought in for each pass. */
function residentBytes(): { residentBytes?: number } {
  const megabytes = Number(process.env['PIPELINE_DEVICE_MEMORY']);
  return megabytes > 0 ? { residentBytes: megabytes * 1e6 } : {};
}
