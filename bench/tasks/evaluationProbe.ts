// The least that an evaluation takes on a processor: a kernel of its own, which reads, writes and multiplies what the products of the
// digits must, there and back, and nothing else; its sums are read and not looked at. What an evaluation takes beside that is its own.
import type { Compute, Kernel } from '../../src/core/compute.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { COLS, passes, type Digits } from '../mnist.ts';
import type { Sample } from '../harness.ts';

const evaluationProbe = {
  name: 'evaluation_probe',
  source: new URL('../probes/evaluation_probe.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: { quads: 'u32', groups: 'u32', rate: 'f32' },
  bindings: { x: 'read', order: 'read', filled: 'read', weights: 'read', margins: 'write', direction: 'write', sums: 'write' },
  sizes: { MODELS: 1, VECTORS: 1, PARTS: 1, PART: 25, KEPT: 25, FOUR: 4, RANGE: 512 },
  unroll: ['MODELS', 'VECTORS', 'PART', 'KEPT', 'FOUR'],
} as const satisfies Kernel;

const [LANES, WORDS, BLOCKS] = [8, 197, 25] as const;

/** The fastest of what was tried. */
const SHAPES = {
  1: { MODELS: 1, VECTORS: 1, PARTS: 1, PART: 25, KEPT: 25, RANGE: 128 },
  4: { MODELS: 4, VECTORS: 2, PARTS: 2, PART: 13, KEPT: 0, RANGE: 128 },
  40: { MODELS: 10, VECTORS: 5, PARTS: 3, PART: 9, KEPT: 0, RANGE: 512 },
} as const;

/** Words that are seldom filled side by side, and which blocks of them each quad has. */
function blocksOf({ twos }: Digits, blocks: number): { readonly order: Uint32Array; readonly filled: Uint32Array } {
  const { data } = twos.x as { readonly data: Uint8Array };
  const quads = Math.floor(twos.rows.length / 4);
  const words = new Uint8Array(quads * WORDS);
  const often = new Float64Array(WORDS);
  for (let quad = 0; quad < quads; quad++) {
    for (let row = quad * 4; row < quad * 4 + 4; row++) {
      for (let j = 0, at = twos.rows[row]! * COLS; j < COLS; j++) if (data[at + j] !== 0) words[quad * WORDS + (j >> 2)] = 1;
    }
    words[quad * WORDS + WORDS - 1] = 1; // the constant
    for (let word = 0; word < WORDS; word++) often[word]! += words[quad * WORDS + word]!;
  }
  const order = new Uint32Array(blocks * LANES);
  order.set(
    [...often.keys()].toSorted((a, b) => often[a]! - often[b]!),
    BLOCKS * LANES - WORDS,
  );
  const filled = Uint32Array.from({ length: quads }, (_, quad) => {
    let some = 0;
    for (let at = BLOCKS * LANES - WORDS; at < BLOCKS * LANES; at++) some |= words[quad * WORDS + order[at]!]! << Math.floor(at / LANES);
    return some;
  });
  return { order, filled };
}

/** Samples of one evaluation of so many models. */
export async function prepareProbe(compute: Compute, digits: Digits, models: keyof typeof SHAPES): Promise<() => Promise<Sample>> {
  const shape = SHAPES[models];
  const { MODELS, VECTORS, PARTS, PART, RANGE } = shape;
  const rows = await tilesOnDevice(compute, digits.twos);
  const { order, filled } = blocksOf(digits, PARTS * PART);
  const [quads, groups] = [filled.length, models / MODELS];
  const ranges = Math.ceil(quads / RANGE);
  const up = (label: string, values: Uint32Array | Float32Array) =>
    compute.upload(label, values.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(values.buffer)));
  const listBytes = PARTS * PART * 4 * MODELS * LANES * 4;
  const rowBytes = groups * VECTORS * quads * LANES * 4;
  const sums = compute.create('probe sums', ranges * groups * listBytes);
  const bindings = {
    order: up('probe order', order),
    filled: up('probe filled', filled),
    weights: up(
      'probe weights',
      Float32Array.from({ length: (groups * listBytes) / 4 }, (_, i) => 1e-5 * Math.sin(i)),
    ),
    margins: compute.create('probe margins', rowBytes),
    direction: compute.create('probe direction', rowBytes),
    sums,
  };
  return async () => {
    const started = performance.now();
    await rows.each(({ x }) =>
      compute.launch(evaluationProbe, { params: { quads, groups, rate: 1e-6 }, bindings: { x, ...bindings }, sizes: shape, grid: [groups, ranges] }),
    );
    const any = await compute.lend(sums, {}, (bytes) => new Float32Array(bytes).some((value) => value !== 0));
    const ms = performance.now() - started;
    if (!any) throw new Error('the probe of an evaluation made nothing');
    return { ms, work: passes(2, 2 * models) };
  };
}
