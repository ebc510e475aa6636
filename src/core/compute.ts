// What estimators ask of a device. They see buffers, kernels and launches; never a GPUDevice. The runtime implements
// this on WebGPU. Work is queued by `launch` and handed to the device by `read`, so a whole solver step is one submit.

import type { Json } from './events.ts';

/** `read`: read-only storage. `write`: storage that the kernel reads and writes. */
export type Access = 'read' | 'write';

/** What a compute shader may `enable`, where the device has it. The rest of WGSL's list is for pictures. */
export type WgslFeature = 'f16' | 'subgroups' | 'subgroup_size_control' | 'atomic_vec2u_min_max';

/** A launch on host memory: the bytes of each binding, to be changed in place where the kernel writes. */
export interface HostLaunch<P extends string = string, B extends string = string, S extends string = string> {
  /** As the device would read them: u32, or rounded to f32. */
  readonly params: Readonly<Record<P, number>>;
  readonly buffers: Readonly<Record<B, ArrayBuffer>>;
  /** Defaults filled in. */
  readonly sizes: Readonly<Record<S, number>>;
  readonly grid: readonly [number, number, number];
}

/** Written as a method, so that a reference may name the params, bindings and sizes that it needs. */
export type Reference<P extends string = string, B extends string = string, S extends string = string> = {
  run(launch: HostLaunch<P, B, S>): void;
}['run'];

/**
 * One GPU operation: a WGSL file and what it expects. Binding 0 is the uniform struct of `params`, in order; bindings 1
 * and up are `bindings`, in order. `sizes` become `const NAME = value;` in front of the file: compile-time sizes of
 * unrolled loops and register tiles, with their defaults.
 */
export interface Kernel<P extends string = string, B extends string = string, S extends string = string> {
  readonly name: string;
  readonly source: URL;
  /** What the WGSL enables; a device without it refuses the launch. */
  readonly enable?: readonly WgslFeature[];
  /** WGSL put in front of the source: shared structs and functions. */
  readonly preludes?: readonly URL[];
  readonly params: Readonly<Record<P, 'u32' | 'f32'>>;
  readonly bindings: Readonly<Record<B, Access>>;
  /** Of a kernel that a user declared: element types of its bindings. Its text is held against them, and all else declared here. */
  readonly elements?: Readonly<Record<B, string>>;
  readonly sizes: Readonly<Record<S, number>>;
  /** Sizes whose loops are unrolled before the driver sees them. */
  readonly unroll?: readonly string[];
  /**
   * Choices by kind, any of which go together: values of the size of that name, or other texts. Each computes the same into the
   * same buffers; `tune` finds the fastest on a device, and `checkKernel` checks them all.
   */
  readonly variants?: Readonly<Record<string, readonly (number | Variant)[]>>;
  /** What the kernel does, in float64 on the host. Loaded when a `ReferenceCompute` launches the kernel, never for a device. */
  readonly reference?: () => Promise<Reference<NoInfer<P>, NoInfer<B>, NoInfer<S>>>;
}

/** What a kernel has in place of its own. */
export interface Variant extends Partial<Pick<Kernel, 'name' | 'source' | 'enable' | 'preludes' | 'unroll'>> {
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Storage on the device; zero-filled when created. */
export interface DeviceBuffer {
  readonly label: string;
  readonly sizeBytes: number;
}

export interface Launch<P extends string, B extends string, S extends string> {
  readonly params: Readonly<Record<P, number>>;
  readonly bindings: Readonly<Record<B, DeviceBuffer>>;
  readonly sizes?: Readonly<Partial<Record<S, number>>>;
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number?, number?];
}

export interface Notes {
  get(topic: string, kernels: readonly Kernel[]): Promise<Json | undefined>;
  set(topic: string, kernels: readonly Kernel[], note: Json): Promise<void>;
}

export interface Compute {
  readonly limits: {
    readonly maxBindingBytes: number;
    readonly maxBufferBytes: number;
    /** Buffers that a kernel may bind: WebGPU promises 8. */
    readonly maxStorageBuffers: number;
    /** Bytes of rows to keep on the device; more are brought in again for each pass. */
    readonly residentBytes: number;
    /** No more of rows that are stored: a device whose memory is the host's has less room for them. */
    readonly residentStoredBytes: number;
  };
  /** What kernels may enable here. */
  readonly features: ReadonlySet<WgslFeature>;
  /** Lanes of the widest subgroup, 0 where kernels that enable subgroups do not run. */
  readonly subgroupLanes: number;
  /** Set where kernels are loops on the host: what needs no more than a loop over the rows is not brought into the layout of a kernel first. */
  readonly onHost?: true | undefined;
  /** Where models are searched for that both the host and the device can search for; by default on the host. */
  readonly solver?: 'host' | 'device' | undefined;
  /** Notes kept for this adapter, driver and version of the kernels named: what was measured once is not measured again. */
  readonly notes: Notes;
  create(label: string, sizeBytes: number): DeviceBuffer;
  /** Fills a new buffer through `fill`, which writes into mapped memory: the host never holds a second copy. */
  upload(label: string, sizeBytes: number, fill: (target: ArrayBuffer) => void): DeviceBuffer;
  /** As {@link upload}, for bytes that take time to come by. */
  uploadFrom(label: string, sizeBytes: number, fill: (target: ArrayBuffer) => Promise<void>): Promise<DeviceBuffer>;
  write(buffer: DeviceBuffer, data: Float32Array | Uint32Array, offsetBytes?: number): void;
  launch<P extends string, B extends string, S extends string>(kernel: Kernel<P, B, S>, launch: Launch<P, B, S>): Promise<void>;
  /** Submits everything launched so far, waits, and returns the bytes. @throws E_DEVICE when the device is lost. */
  read(buffer: DeviceBuffer, sizeBytes?: number): Promise<ArrayBuffer>;
  /** As {@link read}, without a copy: `use` is lent the bytes until it returns. */
  lend<T>(buffer: DeviceBuffer, part: { readonly offset?: number; readonly sizeBytes?: number }, use: (bytes: ArrayBuffer) => T): Promise<T>;
  /** Submits everything launched so far and waits until it is done. */
  settle(): Promise<void>;
  release(...buffers: readonly DeviceBuffer[]): void;
}
