// What the host says within one submit: the uniforms of its launches, and small writes between them. All of it stands in one
// buffer, written once right before the commands that read it: the queue runs a write before any later submit. So a kernel
// whose params change with each launch takes no buffer and no bind group of its own.
import { BufferUsage } from './constants.ts';

const { COPY_DST, COPY_SRC, UNIFORM } = BufferUsage;

/** About 256 launches; a submit comes sooner in any solver. */
const ARENA_BYTES = 64 * 1024;

export class Arena {
  readonly gpu: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #alignment: number;
  readonly #bytes = new Uint8Array(ARENA_BYTES);
  #used = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#alignment = device.limits.minUniformBufferOffsetAlignment;
    this.gpu = device.createBuffer({ label: 'arena', size: ARENA_BYTES, usage: UNIFORM | COPY_DST | COPY_SRC });
  }

  /**
   * Takes a place within the next submit.
   *
   * @returns where it begins, and memory to fill until then; undefined where there is no room left
   */
  take(sizeBytes: number): { readonly offset: number; readonly view: DataView } | undefined {
    const offset = this.#used;
    if (offset + sizeBytes > ARENA_BYTES) return undefined;
    this.#used = Math.min(ARENA_BYTES, Math.ceil((offset + sizeBytes) / this.#alignment) * this.#alignment);
    return { offset, view: new DataView(this.#bytes.buffer, offset, sizeBytes) };
  }

  /** Right before a submit; afterwards all of it is free again. */
  flush(): void {
    if (this.#used > 0) this.#device.queue.writeBuffer(this.gpu, 0, this.#bytes, 0, this.#used);
    this.#used = 0;
  }
}
