// OpenML's mnist_784 made again from the IDX files: the same header, one row a line, training rows first.
import { mnistFile } from './mnistFiles.ts';

const COMMA = 44;
const NEWLINE = 10;

/** The first `rows` rows as ARFF text, in pieces. */
export async function* mnistArff(rows = 70_000): AsyncGenerator<Buffer> {
  const attributes = Array.from({ length: 784 }, (_, i) => `@ATTRIBUTE pixel${i + 1} real\n`).join('');
  yield Buffer.from(`% MNIST\n@RELATION mnist_784\n\n${attributes}@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}\n\n@DATA\n`);
  const parts = [
    { images: mnistFile('train-images-idx3-ubyte').subarray(16), labels: mnistFile('train-labels-idx1-ubyte').subarray(8) },
    { images: mnistFile('t10k-images-idx3-ubyte').subarray(16), labels: mnistFile('t10k-labels-idx1-ubyte').subarray(8) },
  ];
  let left = rows;
  for (const { images, labels } of parts) {
    const count = Math.min(left, labels.length);
    for (let start = 0; start < count; start += 500) yield textOf(images, labels, start, Math.min(start + 500, count));
    left -= count;
  }
}

/** The first `rows` rows in one piece. */
export async function mnistArffText(rows: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of mnistArff(rows)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function textOf(images: Uint8Array, labels: Uint8Array, start: number, end: number): Buffer {
  const text = Buffer.allocUnsafe((end - start) * (784 * 4 + 2));
  let at = 0;
  for (let row = start; row < end; row++) {
    for (let pixel = row * 784; pixel < (row + 1) * 784; pixel++) {
      const value = images[pixel]!;
      if (value > 99) text[at++] = 48 + Math.floor(value / 100);
      if (value > 9) text[at++] = 48 + (Math.floor(value / 10) % 10);
      text[at++] = 48 + (value % 10);
      text[at++] = COMMA;
    }
    text[at++] = 48 + labels[row]!;
    text[at++] = NEWLINE;
  }
  return text.subarray(0, at);
}
