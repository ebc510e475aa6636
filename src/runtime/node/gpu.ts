// Opens the device with everything the adapter offers (WebGPU's defaults are lower: 128 MiB bindings, 256 invocations),
// and closes it before the process goes: leaving while lavapipe still runs a kernel is a segmentation fault, so an exit
// hook destroys what is open, which waits for the work in flight.
import type { AdapterSummary } from '../../core/events.ts';
import { PipelineError } from '../../core/errors.ts';

const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Asked for where the adapter has them; kernels need a way without. */
export const FEATURES = ['subgroups', 'shader-f16', 'timestamp-query'] as const satisfies readonly GPUFeatureName[];

const open = new Set<GPUDevice>();
let hooked = false;

/**
 * A device with the adapter's own limits and the features this package can use.
 *
 * @throws E_DEVICE when the driver refuses.
 */
export async function openDevice(opened: { readonly adapter: GPUAdapter; readonly summary: AdapterSummary }): Promise<GPUDevice> {
  const { adapter, summary } = opened;
  const device = await adapter
    .requestDevice({
      label: 'pipeline-gpu',
      requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
      requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    })
    .catch((cause: unknown) => {
      throw new PipelineError('E_DEVICE', `${summary.name} gives no device: ${cause instanceof Error ? cause.message : String(cause)}`, {
        hint: 'Run pipeline doctor, or choose another adapter with --adapter.',
        cause,
      });
    });
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
