// Compute on a WebGPU device. Launches are recorded into one command encoder and submitted by the next `read`, so a step
// of a solver costs one submit and one wait. Pipelines are kept by kernel and sizes, bind groups by what they bind.
import type { Compute, DeviceBuffer, Kernel, Launch } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { checkLaunch } from '../../core/launch.ts';
import { Arena } from './arena.ts';
import { BufferUsage, MapMode } from './constants.ts';
import { featuresOf } from './device.ts';
import type { GpuCompute } from './gpuCompute.ts';
import { createNotes, memoryNotes, type NoteStore } from './notes.ts';
import { assemble, compile, type CompiledKernel, type LoadText } from './shader.ts';

export type { GpuCompute } from './gpuCompute.ts';

const { COPY_DST, COPY_SRC, MAP_READ, STORAGE } = BufferUsage;

interface OwnedBuffer extends DeviceBuffer {
  readonly gpu: GPUBuffer;
}

interface Bound {
  readonly group: GPUBindGroup;
  readonly buffers: readonly GPUBuffer[];
}

export interface ComputeOptions {
  readonly load: LoadText;
  /** Waits for a map; software adapters pass a wait that polls gently. */
  readonly wait?: <T>(pending: Promise<T>) => Promise<T>;
  readonly notes?: NoteStore;
  /** Default: all of them. */
  readonly residentBytes?: number;
  /** No more of rows that are stored. Default: as many. */
  readonly residentStoredBytes?: number;
  /** Default: on the host. */
  readonly solver?: Compute['solver'];
}

export function createCompute(
  device: GPUDevice,
  { load, wait: waitFor = (pending) => pending, notes = memoryNotes(), residentBytes = Infinity, residentStoredBytes = Infinity, solver }: ComputeOptions,
): GpuCompute {
  const compiled = new Map<string, Promise<CompiledKernel>>();
  const bound = new Map<string, Bound>();
  const ids = new WeakMap<GPUBuffer, number>();
  const owned = new Set<GPUBuffer>();
  const staging: GPUBuffer[] = [];
  const arena = new Arena(device);
  const features = featuresOf(device);
  let nextId = 0;
  let live = 0;
  let peak = 0;
  let encoder: GPUCommandEncoder | undefined;
  let failure: PipelineError | undefined;
  let waiting = 0;
  let waitingSince = 0;
  let waitedMs = 0;

  // After a loss createBuffer fails in silence, so the flag is asked before every use of the device.
  void device.lost.then(({ reason, message }) => {
    failure ??= new PipelineError('E_DEVICE', `The device was lost (${reason}): ${message}`, {
      hint: 'Run again; `pipeline doctor` shows the state of the driver.',
    });
  });
  device.addEventListener('uncapturederror', (event) => {
    failure ??= new PipelineError('E_DEVICE', `The device refused a command: ${event.error.message}`, {
      hint: 'Run `pipeline doctor`; if it finds nothing wrong, report this with its output.',
    });
    event.preventDefault();
  });
  const check = (): void => {
    if (failure) throw failure;
  };

  /** Waits that overlap count once. */
  async function wait<T>(pending: Promise<T>): Promise<T> {
    if (waiting++ === 0) waitingSince = performance.now();
    try {
      return await waitFor(pending);
    } finally {
      if (--waiting === 0) waitedMs += performance.now() - waitingSince;
    }
  }

  function allocate(label: string, sizeBytes: number, usage: number, mappedAtCreation = false): OwnedBuffer {
    check();
    const size = Math.max(16, Math.ceil(sizeBytes / 4) * 4);
    if (size > device.limits.maxStorageBufferBindingSize) {
      throw new PipelineError('E_DEVICE', `Buffer '${label}' needs ${size} bytes; the device binds at most ${device.limits.maxStorageBufferBindingSize}.`, {
        hint: 'Use fewer rows or columns at once, or another adapter.',
      });
    }
    const gpu = device.createBuffer({ label, size, usage, mappedAtCreation });
    ids.set(gpu, nextId++);
    owned.add(gpu);
    live += size;
    peak = Math.max(peak, live);
    return { label, sizeBytes, gpu };
  }

  function bind(kernel: Kernel, { layout }: CompiledKernel, launch: Launch<string, string, string>, key: string): GPUBindGroup {
    const buffers = Object.keys(kernel.bindings).map((name) => (launch.bindings[name] as OwnedBuffer).gpu);
    const boundKey = `${key}|${buffers.map((buffer) => ids.get(buffer)).join()}`;
    const known = bound.get(boundKey);
    if (known) return known.group;
    const uniforms = { buffer: arena.gpu, size: uniformBytes(kernel) };
    const group = device.createBindGroup({
      label: kernel.name,
      layout,
      entries: [uniforms, ...buffers.map((buffer) => ({ buffer }))].map((resource, binding) => ({ binding, resource })),
    });
    bound.set(boundKey, { group, buffers });
    return group;
  }

  /** @returns where the params of a launch stand in the arena */
  function place(kernel: Kernel, params: Readonly<Record<string, number>>): number {
    const taken = arena.take(uniformBytes(kernel));
    if (!taken) {
      submit();
      return place(kernel, params);
    }
    Object.entries(kernel.params).forEach(([name, type], i) => {
      if (type === 'u32') taken.view.setUint32(i * 4, params[name]!, true);
      else taken.view.setFloat32(i * 4, params[name]!, true);
    });
    return taken.offset;
  }

  function drop(buffer: OwnedBuffer): void {
    if (!owned.delete(buffer.gpu)) return;
    live -= buffer.gpu.size;
    for (const [key, entry] of bound) {
      if (entry.buffers.includes(buffer.gpu)) bound.delete(key);
    }
    buffer.gpu.destroy();
  }

  async function lend<T>(
    buffer: DeviceBuffer,
    { offset = 0, sizeBytes = buffer.sizeBytes - offset }: { readonly offset?: number; readonly sizeBytes?: number },
    use: (bytes: ArrayBuffer) => T,
  ): Promise<T> {
    check();
    const size = Math.ceil(sizeBytes / 4) * 4;
    const index = staging.findIndex((candidate) => candidate.size >= size && candidate.size <= 4 * size);
    const target = index >= 0 ? staging.splice(index, 1)[0]! : device.createBuffer({ label: 'readback', size, usage: MAP_READ | COPY_DST });
    encoder ??= device.createCommandEncoder();
    encoder.copyBufferToBuffer((buffer as OwnedBuffer).gpu, offset, target, 0, size);
    submit();
    try {
      await wait(target.mapAsync(MapMode.READ, 0, size));
    } catch (cause) {
      await Promise.resolve(); // lets the loss, which also ends the map, tell its reason first
      check();
      throw new PipelineError('E_DEVICE', 'Reading results back from the device failed.', { hint: 'Run `pipeline doctor`.', cause });
    }
    try {
      return use(target.getMappedRange(0, size));
    } finally {
      target.unmap();
      if (staging.length < 8) staging.push(target);
      else target.destroy();
      check();
    }
  }

  return {
    limits: {
      maxBindingBytes: device.limits.maxStorageBufferBindingSize,
      maxBufferBytes: device.limits.maxBufferSize,
      maxStorageBuffers: device.limits.maxStorageBuffersPerShaderStage,
      residentBytes,
      residentStoredBytes,
    },
    features,
    subgroupLanes: features.has('subgroups') ? device.adapterInfo.subgroupMaxSize : 0,
    solver,
    notes: createNotes(notes, device.adapterInfo, load),
    create: (label, sizeBytes) => allocate(label, sizeBytes, STORAGE | COPY_SRC | COPY_DST),
    upload(label, sizeBytes, fill) {
      const buffer = allocate(label, sizeBytes, STORAGE | COPY_SRC | COPY_DST, true);
      fill(buffer.gpu.getMappedRange());
      buffer.gpu.unmap();
      return buffer;
    },
    async uploadFrom(label, sizeBytes, fill) {
      const buffer = allocate(label, sizeBytes, STORAGE | COPY_SRC | COPY_DST, true);
      try {
        await fill(buffer.gpu.getMappedRange());
      } catch (error) {
        drop(buffer);
        throw error;
      }
      buffer.gpu.unmap();
      return buffer;
    },
    async settle() {
      check();
      submit();
      await wait(device.queue.onSubmittedWorkDone());
      check();
    },
    write(buffer, data, offsetBytes = 0) {
      check();
      const { gpu } = buffer as OwnedBuffer;
      // Recorded work that is not submitted must see the old bytes, and the queue runs its writes before any later submit.
      const taken = encoder && arena.take(data.byteLength);
      if (taken) {
        new Uint8Array(taken.view.buffer, taken.offset, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        encoder!.copyBufferToBuffer(arena.gpu, taken.offset, gpu, offsetBytes, data.byteLength);
      } else {
        submit();
        device.queue.writeBuffer(gpu, offsetBytes, data as Float32Array<ArrayBuffer>);
      }
    },
    async launch(kernel, launch) {
      check();
      checkLaunch(kernel, launch, device.limits.maxComputeWorkgroupsPerDimension);
      const sizes: Record<string, number> = { ...kernel.sizes, ...launch.sizes };
      const key = [kernel.source, ...(kernel.preludes ?? []), ...(kernel.enable ?? []), JSON.stringify(sizes)].join('|');
      let pending = compiled.get(key);
      if (!pending) compiled.set(key, (pending = assemble(kernel, sizes, load).then((source) => compile(device, kernel, source))));
      const ready = await pending;
      const group = bind(kernel, ready, launch as Launch<string, string, string>, key);
      const offset = place(kernel, launch.params);
      encoder ??= device.createCommandEncoder();
      const pass = encoder.beginComputePass({ label: kernel.name });
      pass.setPipeline(ready.pipeline);
      pass.setBindGroup(0, group, [offset]);
      pass.dispatchWorkgroups(launch.grid[0], launch.grid[1] ?? 1, launch.grid[2] ?? 1);
      pass.end();
    },
    read: (buffer, sizeBytes = buffer.sizeBytes) => lend(buffer, { sizeBytes }, (bytes) => bytes.slice(0, sizeBytes)),
    lend,
    release(...buffers) {
      // What was recorded before must still find them; a device that did not would take no command any more.
      submit();
      for (const buffer of buffers) drop(buffer as OwnedBuffer);
    },
    liveBytes: () => live,
    peakBytes: () => peak,
    waitedMs: () => waitedMs,
    failed: () => failure !== undefined,
    destroy() {
      failure ??= new PipelineError('E_DEVICE', 'The device was closed.', { hint: 'Start another run.' });
      device.destroy();
    },
  };

  function submit(): void {
    if (!encoder) return;
    arena.flush();
    device.queue.submit([encoder.finish()]);
    encoder = undefined;
  }
}

function uniformBytes({ params }: Kernel): number {
  return Math.max(16, Math.ceil(Object.keys(params).length / 4) * 16);
}
