// Float64 numbers as twofold.wgsl reads and writes them.

const twofold = new URL('./twofold.wgsl', import.meta.url);

/** Sums, and the low parts of rows of either dtype; those of f32 rows are bound behind everything else. */
export const twofoldPreludes = {
  u8: [new URL('./low_u8.wgsl', import.meta.url), twofold],
  f32: [new URL('./low_f32.wgsl', import.meta.url), twofold],
} as const;

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The number to 12 significant bits. */
function topOf(value: number): number {
  float[0] = value;
  bits[0] = (bits[0]! + 0x800) & 0xfffff000;
  return float[0]!;
}

/** Writes four numbers of 12 significant bits that add up to `value` but for 2^-50 of it, at `target[at..at + 3]`. */
export function piecesOf(value: number, target: Float32Array, at: number): void {
  let rest = value;
  for (let piece = 0; piece < 4; piece++) {
    const top = topOf(rest);
    target[at + piece] = top;
    rest -= top;
  }
}
