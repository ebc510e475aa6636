import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { histogramSums } from '../../src/kernels/histogramSums/histogramSums.ts';
import { histogramSumsReference } from '../../src/kernels/histogramSums/histogramSums.reference.ts';

const compute = await testCompute();

/** @param nodes stretches of each */
function sumsCase(name: string, bins: number, parts: number, nodes: readonly number[], seed: number): KernelCase<typeof histogramSums> {
  const random = new RandomState(seed);
  const stride = 1 + 2 * parts;
  const ends = nodes.map((_, i) => nodes.slice(0, i + 1).reduce((sum, count) => sum + count, 0));
  const stretches = ends.at(-1)!;
  const histograms = Uint32Array.from({ length: stretches * bins * stride }, () => random.uint32());
  const sums = nodes.flatMap((count, node) => {
    const own = Array.from({ length: count }, (_, i) =>
      Array.from({ length: bins }, (_, bin) => {
        const words = histograms.subarray(((ends[node]! - count + i) * bins + bin) * stride);
        return [BigInt(words[0]!), ...Array.from({ length: parts }, (_, part) => BigInt(words[1 + 2 * part]!) + BigInt(words[2 + 2 * part]!) * 2n ** 32n)];
      }),
    );
    return histogramSumsReference(own).flatMap(([rows, ...wholes]) => [
      Number(rows! % 2n ** 32n),
      ...wholes.flatMap((whole) => [Number(whole % 2n ** 32n), Number((whole / 2n ** 32n) % 2n ** 32n)]),
    ]);
  });
  return {
    name,
    params: { bins },
    sizes: { PARTS: parts },
    grid: [Math.ceil(bins / histogramSums.sizes.WORKGROUP), nodes.length],
    buffers: {
      histograms,
      nodes: Uint32Array.from(nodes.flatMap((count, i) => [ends[i]! - count, ends[i]!])),
      sums: new Uint32Array(sums.length).fill(9),
    },
    outputs: { sums: { values: sums, type: 'u32', absolute: 0, relative: 0 } },
  };
}

checkKernel(
  histogramSums,
  [sumsCase('one bin of one stretch', 1, 1, [1], 1), sumsCase('gradients alone', 300, 1, [4, 1, 9], 2), sumsCase('both derivatives', 129, 2, [2, 30, 1, 1], 3)],
  () => compute,
);
