// The least that a pass of a perceptron over the digits takes on a processor: kernels of its own, which read, write and multiply what the
// first layer must and nothing else, launched as often in turn as the fit launches. What the fit takes beside that is its own.
import type { Compute, Kernel } from '../../src/core/compute.ts';
import { COLS, type Digits } from '../mnist.ts';

const layerProbe = {
  name: 'layer_probe',
  source: new URL('../probes/layer_probe.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: { behind: 'u32', ahead: 'u32', rate: 'f32' },
  bindings: { rows: 'read', deltas: 'read', weights: 'write', moments: 'write', sums: 'write' },
  sizes: { WORDS: 28, PAIR: 2, HALF: 2, FOUR: 4 },
  unroll: ['WORDS', 'PAIR', 'HALF', 'FOUR'],
} as const satisfies Kernel;

const joinProbe = {
  name: 'join_probe',
  source: new URL('../probes/join_probe.wgsl', import.meta.url),
  params: { quads: 'u32' },
  bindings: { sums: 'read', deltas: 'write' },
  sizes: { WORKGROUP: 64, EACH: 10, PARTS: 7 },
} as const satisfies Kernel;

/** Rows of a batch, quads of units, parts of the pixels, batches that are sent at once, and numbers of the last layer. */
const [BATCH, QUADS, PARTS, BATCHES, LAST] = [200, 25, 7, 25, 303] as const;

/** One pass. */
export async function probeLayer(compute: Compute, { digits }: Digits): Promise<void> {
  const { data } = digits.x as { readonly data: Uint8Array };
  const source = new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
  const words = new Uint32Array((BATCH * BATCHES * COLS) / 4);
  const create = (label: string, numbers: number) => compute.create(label, numbers * 4);
  const rows = create('probe rows', words.length);
  const deltas = create('probe deltas', BATCH * QUADS * 4);
  const weights = create('probe weights', COLS * QUADS * 4);
  const moments = create('probe moments', 2 * COLS * QUADS * 4);
  const sums = create('probe sums', PARTS * BATCH * QUADS * 4);
  const last = create('probe last', LAST * 4);
  const join = (quads: number, into: typeof deltas) =>
    compute.launch(joinProbe, {
      params: { quads },
      bindings: { sums, deltas: into },
      grid: [Math.ceil(quads / (joinProbe.sizes.WORKGROUP * joinProbe.sizes.EACH))],
    });
  try {
    let before: Promise<void> | undefined;
    for (let from = 0; from < digits.rows.length; from += BATCH * BATCHES) {
      for (let i = 0; i < BATCH * BATCHES; i++) {
        const at = (digits.rows[from + i]! * COLS) / 4;
        words.set(source.subarray(at, at + COLS / 4), (i * COLS) / 4);
      }
      compute.write(rows, words);
      for (let batch = 0; batch < BATCHES; batch++) {
        await compute.launch(layerProbe, {
          params: { behind: batch * BATCH, ahead: ((batch + 1) % BATCHES) * BATCH, rate: 1e-9 },
          bindings: { rows, deltas, weights, moments, sums },
          grid: [Math.ceil(QUADS / (layerProbe.sizes.HALF * 8)), PARTS],
        });
        await join(BATCH * QUADS, deltas);
        // As the step of the last layer, which waits for what is before it and is waited for.
        await join(LAST, last);
      }
      const done = compute.settle();
      await before;
      before = done;
    }
    await before;
  } finally {
    compute.release(rows, deltas, weights, moments, sums, last);
  }
}
