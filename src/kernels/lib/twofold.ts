// Float64 numbers as twofold.wgsl reads and writes them.

export const twofoldPrelude = new URL('./twofold.wgsl', import.meta.url);

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The number with its first 12 significant bits, towards zero. */
function topOf(value: number): number {
  float[0] = value;
  bits[0]! &= 0xfffff000;
  return float[0]!;
}

/** Writes four numbers of 12 significant bits that add up to `value` but for 2^-44 of it, at `target[at..at + 3]`. */
export function piecesOf(value: number, target: Float32Array, at: number): void {
  let rest = value;
  for (let piece = 0; piece < 4; piece++) {
    const top = topOf(rest);
    target[at + piece] = top;
    rest -= top;
  }
}
