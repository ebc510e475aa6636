// What Node and browsers share between an adapter and its device: what is asked for, and what users read about it.
import type { WgslFeature } from '../../core/compute.ts';
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

/** What kernels may enable, with the device feature it takes: asked for where the adapter has it. Kernels need a way without. */
export const FEATURES: Readonly<Record<WgslFeature, string>> = {
  f16: 'shader-f16',
  subgroups: 'subgroups',
  subgroup_size_control: 'subgroup-size-control',
  atomic_vec2u_min_max: 'atomic-vec2u-min-max',
};

/** What kernels may enable on this device. */
export function featuresOf(device: GPUDevice): ReadonlySet<WgslFeature> {
  const names = Object.keys(FEATURES) as WgslFeature[];
  return new Set(names.filter((name) => device.features.has(FEATURES[name])));
}

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
      requiredFeatures: Object.values(FEATURES).filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    })
    .catch((cause: unknown) => {
      throw new PipelineError('E_DEVICE', `${name} could not create a device: ${reasonOf(cause)}`, { hint, cause });
    });
}

/** Whether it computes on the processor. */
function isSoftware({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): boolean {
  const isNamedSo = /swiftshader|llvmpipe|lavapipe|basic-render/i.test(`${architecture} ${device} ${description}`);
  return isFallbackAdapter || (vendor === 'mesa' && architecture === 'software') || isNamedSo;
}

/** What users and the autotuner's cache key read about an adapter. */
export function summaryOf(adapter: GPUAdapter): AdapterSummary {
  const { vendor, architecture, device, description } = adapter.info;
  const software = isSoftware(adapter.info);
  // Deno gives numbers, the name as description, and no driver: what computes comes with Deno.
  if (/^\d+$/.test(device)) return { name: description || `device ${vendor}:${device}`, vendor, architecture, driver: navigator.userAgent, software };
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
