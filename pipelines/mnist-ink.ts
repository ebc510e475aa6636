// A shader of your own: how much ink does each digit take? The WGSL stands in ink.wgsl; a reference says what it must give.
import { fetch, input, labelsOf, mnist784, output, pipeline, PipelineError, stage, takeRows, uniform, wgslStage, type Fetched } from 'pipeline-gpu';

/** Mean grey value of each picture, 0 to 255. */
const ink = wgslStage({
  id: 'ink',
  needs: ['data'],
  source: new URL('./ink.wgsl', import.meta.url),
  uniforms: { rows: uniform('u32'), words: uniform('u32') },
  bindings: { pixels: input('u8'), ink: output('f32') },
  launch: async ({ data }: Fetched) => {
    const { rows, cols, data: pixels } = await takeRows(data.x, data.rows);
    if (!(pixels instanceof Uint8Array) || cols % 4 > 0) throw new PipelineError('E_SHAPE', `ink reads bytes, a multiple of 4 a row; ${cols} a row arrived.`);
    return { inputs: { pixels }, lengths: { ink: rows }, uniforms: { rows, words: cols / 4 }, grid: [Math.ceil(rows / 64)] };
  },
  reference: ({ pixels }, { words }) => ({
    ink: (row) => pixels.subarray(row * words * 4, (row + 1) * words * 4).reduce((sum, pixel) => sum + pixel, 0) / (words * 4),
  }),
});

/** Mean ink of each digit. */
const inkByDigit = stage({
  id: 'ink-by-digit',
  needs: ['data', 'ink'],
  provides: ['inkByDigit'],
  run: ({ data, ink }: Fetched & { readonly ink: Float32Array }) => {
    const sums = new Array<number>(10).fill(0);
    const counts = new Array<number>(10).fill(0);
    labelsOf(data).forEach((label, i) => {
      sums[label]! += ink[i]!;
      counts[label]!++;
    });
    return { inkByDigit: sums.map((sum, digit) => sum / counts[digit]!) };
  },
  output: ({ inkByDigit }) => ({ inkByDigit }),
});

export default pipeline('mnist-ink', fetch(mnist784()), ink, inkByDigit);
