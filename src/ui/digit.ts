// From a drawing to what the model was trained on: MNIST's digits are scaled into a box of 20 x 20 pixels and stand with
// their centre of mass in the middle of 28 x 28 (yann.lecun.com/exdb/mnist).

/** Share of the picture that a digit's longer side fills. */
const FILL = 20 / 28;

/**
 * The drawing as a picture of `width` x `height`, placed as MNIST's digits are; all paper stays all paper.
 *
 * @param ink `[fromHeight][fromWidth]`, 0 paper to 255 ink
 */
export function centred(ink: Uint8Array, fromWidth: number, fromHeight: number, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  let [left, right, top, bottom] = [fromWidth, -1, fromHeight, -1];
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0; y < fromHeight; y++) {
    for (let x = 0; x < fromWidth; x++) {
      const value = ink[y * fromWidth + x]!;
      if (value === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  }
  if (mass === 0) return out;
  // Pixels of the drawing a pixel of the picture.
  const step = Math.max((right - left + 1) / (width * FILL), (bottom - top + 1) / (height * FILL));
  const [centreX, centreY] = [massX / mass, massY / mass];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      out[y * width + x] = Math.round(average(ink, fromWidth, fromHeight, centreX + (x - width / 2) * step, centreY + (y - height / 2) * step, step));
  }
  return out;
}

/** Mean ink of a square of the drawing; paper outside. */
function average(ink: Uint8Array, width: number, height: number, x0: number, y0: number, size: number): number {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(height, y0 + size); y++) {
    const high = Math.min(y + 1, y0 + size) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(width, x0 + size); x++) {
      sum += ink[y * width + x]! * high * (Math.min(x + 1, x0 + size) - Math.max(x, x0));
    }
  }
  return sum / size ** 2;
}
