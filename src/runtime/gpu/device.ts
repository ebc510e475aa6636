// What Node and browsers share between an adapter and its device: what is asked for, and what users read about it.
import type { AdapterSummary } from '../../core/events.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';

/** WebGPU's defaults are lower than what adapters have: 128 MiB bindings, 256 invocations. */
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

/**
 * A device with the adapter's own limits and the features this package can use.
 *
 * @param hint cure for a driver that refuses
 * @throws E_DEVICE when the driver refuses
 */
export async function requestDevice(adapter: GPUAdapter, { name }: AdapterSummary, hint: string): Promise<GPUDevice> {
  return adapter
    .requestDevice({
      label: 'pipeline-gpu',
      requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
      requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    })
    .catch((cause: unknown) => {
      throw new PipelineError('E_DEVICE', `${name} gives no device: ${reasonOf(cause)}`, { hint, cause });
    });
}

/** What users and the autotuner's cache key read about an adapter. */
export function summaryOf(adapter: GPUAdapter): AdapterSummary {
  const { vendor, architecture, device, description } = adapter.info;
  const software =
    adapter.info.isFallbackAdapter ||
    (vendor === 'mesa' && architecture === 'software') ||
    /swiftshader|llvmpipe|lavapipe|basic-render/i.test(`${architecture} ${device} ${description}`);
  // Browsers name no device: vendor and architecture are all that a page may know.
  return { name: displayName(device || `${vendor} ${architecture}`.trim()), vendor, architecture, driver: description, software };
}

/** Dawn's info has names such as `llvmpipe-llvm-15-0-6-256-bits-`. */
function displayName(device: string): string {
  const llvm = /^llvmpipe-llvm-(\d+)-(\d+)-(\d+)-(\d+)-bits/.exec(device);
  if (llvm) return `llvmpipe (LLVM ${llvm[1]}.${llvm[2]}.${llvm[3]}, ${llvm[4]} bits)`;
  if (device.startsWith('swiftshader')) return 'SwiftShader';
  return device.replace(/-+$/, '') || 'unnamed adapter';
}
