// What every launch must say, whatever it runs on. A param left out would be 0 on a device, and what a device refuses by
// itself ends it: all later calls fail, in words about layouts.
import type { Compute, Kernel, Launch } from './compute.ts';
import { PipelineError } from './errors/errors.ts';

/** @param mostGroups workgroups in each direction @throws E_DEVICE naming the kernel and what does not fit */
export function checkLaunch(kernel: Kernel, { params, bindings, grid }: Launch<string, string, string>, mostGroups: number): void {
  if (grid.some((groups) => !Number.isInteger(groups) || groups! < 0 || groups! > mostGroups)) {
    throw refused(
      `Kernel '${kernel.name}' asks for ${grid.join(' x ')} workgroups; the device takes 0 to ${mostGroups} in each direction.`,
      'Give each workgroup more to do, or spread them over x and y.',
    );
  }
  for (const [name, type] of Object.entries(kernel.params)) {
    const value = params[name];
    const fits = type === 'f32' ? typeof value === 'number' : Number.isInteger(value) && value! >= 0 && value! < 2 ** 32;
    if (!fits) throw refused(`Kernel '${kernel.name}' takes param '${name}' as ${type}; ${value} arrived.`, `Give it in the launch: params: { ${name}: ... }.`);
  }
  const seen = new Map<unknown, string>();
  for (const [name, access] of Object.entries(kernel.bindings)) {
    const buffer = bindings[name];
    if (!buffer) throw refused(`Kernel '${kernel.name}' got no buffer for '${name}'.`, `Give it in the launch: bindings: { ${name}: ... }.`);
    const other = seen.get(buffer);
    if (other !== undefined && (access === 'write' || kernel.bindings[other] === 'write')) {
      throw refused(
        `Kernel '${kernel.name}' got '${buffer.label}' as both '${other}' and '${name}', and writes to it.`,
        'Give each output of a kernel a buffer of its own.',
      );
    }
    seen.set(buffer, name);
  }
}

/** @param enabled what the kernel's description or its text enables @throws E_DEVICE naming the first that is not there */
export function checkFeatures(kernel: Kernel, enabled: readonly string[], features: Compute['features']): void {
  const missing = enabled.find((name) => !(features as ReadonlySet<string>).has(name));
  if (missing === undefined) return;
  const has = features.size > 0 ? `has ${[...features].join(', ')}` : 'has none of what kernels may enable';
  throw refused(
    `Kernel '${kernel.name}' enables ${missing}, and this device ${has}.`,
    `Choose another adapter (pipeline doctor lists them), or write the kernel without 'enable ${missing}'.`,
  );
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_DEVICE', message, { hint });
}
