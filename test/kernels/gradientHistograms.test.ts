import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { gradientHistograms } from '../../src/kernels/gradientHistograms/gradientHistograms.ts';
import { gradientHistogramReference } from '../../src/kernels/gradientHistograms/gradientHistograms.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly parts: number;
  readonly stretches: number;
  readonly trees?: number;
  /** Bins of a column, at most. */
  readonly bins?: number;
}

function histogramsCase(name: string, { rows, cols, parts, stretches, trees = 1, bins = 256 }: Shape, seed: number): KernelCase<typeof gradientHistograms> {
  const random = new RandomState(seed);
  const words = Math.ceil(cols / 4);
  const own = Uint32Array.from({ length: cols }, () => 1 + random.interval(bins - 1));
  const offsets = new Uint32Array(cols + 1);
  own.forEach((count, column) => (offsets[column + 1] = offsets[column]! + count));
  const x = Uint8Array.from({ length: rows * words * 4 }, (_, at) => {
    const column = at % (words * 4);
    return column < cols && random.interval(2) > 0 ? random.interval(own[column]! - 1) : 0;
  });
  const members = random.permutation(rows);
  const derivatives = Uint32Array.from({ length: trees * rows * parts * 2 }, () => random.uint32());
  const cuts = Array.from({ length: stretches + 1 }, (_, i) => Math.floor((i * rows) / stretches));
  const records = Uint32Array.from(Array.from({ length: stretches }, (_, i) => [cuts[i]!, cuts[i + 1]!, i % trees, 0]).flat());
  const stride = 1 + 2 * parts;
  const histograms = new Uint32Array(stretches * offsets[cols]! * stride);
  const numbers = new BigUint64Array(derivatives.buffer);
  for (let stretch = 0; stretch < stretches; stretch++) {
    for (let column = 0; column < cols; column++) {
      const found = gradientHistogramReference(
        members.subarray(cuts[stretch], cuts[stretch + 1]),
        (row) => x[row * words * 4 + column]! || -1,
        (row) => Array.from({ length: parts }, (_, part) => numbers[((stretch % trees) * rows + row) * parts + part]!),
      );
      for (const [bin, { count, sums }] of found) {
        const at = (stretch * offsets[cols]! + offsets[column]! + bin) * stride;
        histograms.set([count, ...sums.flatMap((sum) => [Number(sum & 0xffffffffn), Number((sum >> 32n) & 0xffffffffn)])], at);
      }
    }
  }
  return {
    name,
    params: { rows, words, cols },
    sizes: { PARTS: parts },
    grid: [stretches, Math.ceil(cols / gradientHistograms.sizes.WORKGROUP)],
    buffers: { x, members, derivatives, offsets, stretches: records, histograms: new Uint32Array(histograms.length).fill(9) },
    outputs: { histograms: { values: histograms, type: 'u32', absolute: 0, relative: 0 } },
  };
}

checkKernel(
  gradientHistograms,
  [
    histogramsCase('one row', { rows: 1, cols: 1, parts: 1, stretches: 1 }, 1),
    histogramsCase('gradients alone', { rows: 500, cols: 40, parts: 1, stretches: 1 }, 2),
    histogramsCase('both derivatives, stretches of every size', { rows: 403, cols: 9, parts: 2, stretches: 37, bins: 12 }, 3),
    histogramsCase('trees side by side', { rows: 300, cols: 70, parts: 2, stretches: 6, trees: 3, bins: 40 }, 4),
    histogramsCase('fewer members than stretches', { rows: 3, cols: 5, parts: 2, stretches: 7, bins: 3 }, 5),
  ],
  () => compute,
);
