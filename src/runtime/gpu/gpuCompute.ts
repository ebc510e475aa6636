// Compute on a device, as a run sees it. Public types reach this file, so it names no type of WebGPU: up to TypeScript 5 a
// user's project has none.
import type { Compute } from '../../core/compute.ts';

export interface GpuCompute extends Compute {
  /** Bytes of storage now alive on the device. */
  readonly liveBytes: () => number;
  /** Most bytes alive at once so far. */
  readonly peakBytes: () => number;
  /** Milliseconds in which somebody waited for the device, so far. */
  readonly waitedMs: () => number;
  /** Lost, closed, or refused a command: every call throws from then on. */
  readonly failed: () => boolean;
  destroy(): void;
}
