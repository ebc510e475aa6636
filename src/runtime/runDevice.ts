// The device of one run, opened by the first stage that asks for it. One that was lost stays lost: the next try, or the
// next stage, gets another.
import type { AdapterSummary, DeviceUse } from '../core/events.ts';
import type { GpuCompute } from './gpu/gpuCompute.ts';

/** A device and what it is. */
export interface OpenedCompute {
  readonly compute: GpuCompute;
  readonly summary: AdapterSummary;
}

export class RunDevice {
  readonly #open: () => Promise<OpenedCompute>;
  readonly #onOpen: (summary: AdapterSummary) => void;
  #opening: Promise<OpenedCompute> | undefined;
  #device: OpenedCompute | undefined;
  /** Of devices that were lost. */
  #peakBytes = 0;
  #waitedMs = 0;

  constructor(open: () => Promise<OpenedCompute>, onOpen: (summary: AdapterSummary) => void) {
    this.#open = open;
    this.#onOpen = onOpen;
  }

  /** @throws E_NO_ADAPTER, each time until there is one */
  async compute(): Promise<GpuCompute> {
    if (this.#device?.compute.failed()) this.#leave();
    this.#opening ??= this.#open().then(
      (device) => {
        this.#device = device;
        this.#onOpen(device.summary);
        return device;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return (await this.#opening).compute;
  }

  /** The device in use, or the last one. */
  summary(): AdapterSummary | undefined {
    return this.#device?.summary;
  }

  /** Bytes alive on the device, and ms waited for it in this run. */
  use(): DeviceUse | undefined {
    const compute = this.#device?.compute;
    return compute && { bytes: compute.liveBytes(), computeMs: this.#waitedMs + compute.waitedMs() };
  }

  peakBytes(): number {
    return Math.max(this.#peakBytes, this.#device?.compute.peakBytes() ?? 0);
  }

  async close(): Promise<void> {
    const device = await this.#opening?.catch(() => undefined);
    device?.compute.destroy();
  }

  #leave(): void {
    const { compute } = this.#device!;
    this.#peakBytes = this.peakBytes();
    this.#waitedMs += compute.waitedMs();
    compute.destroy();
    this.#device = this.#opening = undefined;
  }
}
