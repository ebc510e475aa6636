// Closes every device before the process goes: leaving while lavapipe still runs a kernel is a segmentation fault, so an
// exit hook destroys what is open, which waits for the work in flight.
import type { AdapterSummary } from '../../../core/events.ts';
import { requestDevice } from '../../gpu/device.ts';

const open = new Set<GPUDevice>();
let hooked = false;

/** The adapter's device; see {@link requestDevice}. @throws E_DEVICE when the driver refuses. */
export async function openDevice({ adapter, summary }: { readonly adapter: GPUAdapter; readonly summary: AdapterSummary }): Promise<GPUDevice> {
  const device = await requestDevice(adapter, summary, 'Run pipeline doctor, or choose another adapter with --adapter.');
  open.add(device);
  void device.lost.then(() => open.delete(device));
  if (!hooked) process.on('exit', closeAll);
  hooked = true;
  return device;
}

/** Waits for the work in flight and frees the device. Harmless when called twice. */
export function closeDevice(device: GPUDevice): void {
  open.delete(device);
  device.destroy();
}

function closeAll(): void {
  for (const device of open) closeDevice(device);
}
