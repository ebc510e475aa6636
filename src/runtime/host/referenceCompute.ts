// A device without a GPU: no adapter, no driver, nothing compiled. Kernels run by their references, in float64 on the host: for models
// where no device is to be opened, and for tests of estimators. What a device would refuse or take away is refused and taken away here too.
import type { Compute, DeviceBuffer, Kernel, Launch, Notes } from '../../core/compute.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Json } from '../../core/events.ts';
import { checkFeatures, checkLaunch } from '../../core/launch.ts';

export interface ReferenceComputeOptions {
  /** Default: as little as any WebGPU device has, and room for all rows. */
  readonly limits?: Partial<Compute['limits']>;
  /** What kernels may enable. Default: nothing, so that estimators take the ways that every device has. */
  readonly features?: Compute['features'];
  /** True: estimators take a plain loop over the rows in place of a kernel, where they have one. Default false: kernels. */
  readonly loops?: boolean;
  /** Default `host`. */
  readonly solver?: Compute['solver'];
}

const LIMITS: Compute['limits'] = {
  maxBindingBytes: 2 ** 27,
  maxBufferBytes: 2 ** 28,
  maxStorageBuffers: Infinity,
  residentBytes: Infinity,
  residentStoredBytes: Infinity,
};
/** Workgroups in each direction, on any WebGPU device. */
const MOST_GROUPS = 65_535;

/**
 * A `Compute` on host memory. It runs kernels that have a `reference`; its sums are those of float64, rounded to f32 where
 * they are kept.
 *
 * @throws E_DEVICE, by its methods: for a kernel without a reference or one that enables what `features` lacks, params,
 *   bindings and grids that a device does not take, a place outside a buffer, a buffer that was released or is another's
 * @example
 * const compute = new ReferenceCompute();
 * const [trained] = await logisticRegression().train(train, [{ name: 'fit' }], {}, { ...context, compute: async () => compute });
 */
export class ReferenceCompute implements Compute {
  readonly limits: Compute['limits'];
  readonly features: Compute['features'];
  readonly onHost?: true;
  readonly subgroupLanes = 0;
  readonly solver: Compute['solver'];
  readonly notes: Notes = memoryNotes();
  readonly #bytes = new Map<DeviceBuffer, ArrayBuffer>();

  constructor({ limits = {}, features = new Set(), loops = false, solver = 'host' }: ReferenceComputeOptions = {}) {
    this.limits = { ...LIMITS, ...limits };
    this.features = features;
    this.solver = solver;
    if (loops) this.onHost = true;
  }

  create(label: string, sizeBytes: number): DeviceBuffer {
    return this.upload(label, sizeBytes, () => {});
  }

  upload(label: string, sizeBytes: number, fill: (target: ArrayBuffer) => void): DeviceBuffer {
    const bytes = this.#allocate(label, sizeBytes);
    fill(bytes);
    return this.#keep(label, bytes, sizeBytes);
  }

  async uploadFrom(label: string, sizeBytes: number, fill: (target: ArrayBuffer) => Promise<void>): Promise<DeviceBuffer> {
    const bytes = this.#allocate(label, sizeBytes);
    await fill(bytes);
    return this.#keep(label, bytes, sizeBytes);
  }

  write(buffer: DeviceBuffer, data: Float32Array | Uint32Array, offset = 0): void {
    this.#part(buffer, offset, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  async launch(kernel: Kernel, launch: Launch<string, string, string>): Promise<void> {
    checkLaunch(kernel, launch, MOST_GROUPS);
    checkFeatures(kernel, kernel.enable ?? [], this.features);
    if (!kernel.reference) {
      const hint = 'Give it one beside its source: reference: async () => ({ params, buffers, sizes, grid }) => { ... }.';
      throw refused(`Kernel '${kernel.name}' has no reference, so it runs on devices only.`, hint);
    }
    const run = await kernel.reference();
    const buffers = Object.keys(kernel.bindings).map((name) => [name, this.#bytesOf(launch.bindings[name]!)] as const);
    const params = Object.entries(kernel.params).map(([name, type]) => [name, type === 'f32' ? Math.fround(launch.params[name]!) : launch.params[name]!]);
    const sizes = { ...kernel.sizes, ...launch.sizes } as Record<string, number>;
    const [x, y = 1, z = 1] = launch.grid;
    try {
      run({ params: Object.fromEntries(params), buffers: Object.fromEntries(buffers), sizes, grid: [x, y, z] });
    } catch (cause) {
      const hint = 'Its buffers are smaller than params and sizes say, or the reference is wrong.';
      throw new PipelineError('E_DEVICE', `The reference of kernel '${kernel.name}' failed: ${reasonOf(cause)}`, { hint, cause });
    }
  }

  read(buffer: DeviceBuffer, sizeBytes = buffer.sizeBytes): Promise<ArrayBuffer> {
    return this.lend(buffer, { sizeBytes }, (bytes) => bytes.slice(0));
  }

  async lend<T>(
    buffer: DeviceBuffer,
    { offset = 0, sizeBytes = buffer.sizeBytes - offset }: { readonly offset?: number; readonly sizeBytes?: number },
    use: (bytes: ArrayBuffer) => T,
  ): Promise<T> {
    const lent = this.#part(buffer, offset, sizeBytes).slice().buffer;
    try {
      return use(lent);
    } finally {
      taken(lent);
    }
  }

  async settle(): Promise<void> {}

  release(...buffers: readonly DeviceBuffer[]): void {
    for (const buffer of buffers) this.#bytes.delete(buffer);
  }

  #allocate(label: string, sizeBytes: number): ArrayBuffer {
    const size = Math.max(16, Math.ceil(sizeBytes / 4) * 4);
    const most = Math.min(this.limits.maxBindingBytes, this.limits.maxBufferBytes);
    if (size <= most) return new ArrayBuffer(size);
    throw refused(`Buffer '${label}' needs ${size} bytes; the device binds at most ${most}.`, 'Use fewer rows or columns at once, or a larger limit.');
  }

  #keep(label: string, bytes: ArrayBuffer, sizeBytes: number): DeviceBuffer {
    const buffer = { label, sizeBytes };
    this.#bytes.set(buffer, taken(bytes));
    return buffer;
  }

  #bytesOf(buffer: DeviceBuffer): ArrayBuffer {
    const bytes = this.#bytes.get(buffer);
    if (bytes) return bytes;
    throw refused(`Buffer '${buffer.label}' was released, or is another device's.`, 'Release a buffer after its last use.');
  }

  #part(buffer: DeviceBuffer, offset: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytesOf(buffer);
    if (offset >= 0 && offset % 4 === 0 && sizeBytes >= 0 && offset + sizeBytes <= bytes.byteLength) return new Uint8Array(bytes, offset, sizeBytes);
    throw refused(
      `Buffer '${buffer.label}' has ${bytes.byteLength} bytes; ${sizeBytes} from ${offset} on were asked for.`,
      'Stay within the buffer, and begin at a multiple of 4.',
    );
  }
}

/** The same bytes; whoever still holds `bytes` has none, as with memory that a device took back. */
function taken(bytes: ArrayBuffer): ArrayBuffer {
  return structuredClone(bytes, { transfer: [bytes] });
}

function memoryNotes(): Notes {
  const kept = new Map<string, Json>();
  const keyOf = (topic: string, kernels: readonly Kernel[]): string =>
    [topic, ...kernels.map(({ name, source, preludes = [] }) => [name, source, ...preludes].join(' '))].join('\n');
  return {
    get: async (topic, kernels) => kept.get(keyOf(topic, kernels)),
    set: async (topic, kernels, note) => void kept.set(keyOf(topic, kernels), note),
  };
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_DEVICE', message, { hint });
}
