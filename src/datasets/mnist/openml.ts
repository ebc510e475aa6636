// OpenML's mnist_784 (dataset 554, file 52667): one ARFF of 70 000 rows, 784 pixels and a class, the 60 000 training
// rows of MNIST first. Turned back into the four IDX files, so that one list of digests covers every source.
import { PipelineError } from '../../core/errors/errors.ts';
import type { KnownFile, Unpack } from '../../core/files.ts';
import { readArff } from '../arff.ts';
import { writeIdxHeader } from '../idx.ts';

/** The four files of MNIST, by what is in them. */
export interface MnistFiles {
  readonly trainImages: KnownFile;
  readonly trainLabels: KnownFile;
  readonly testImages: KnownFile;
  readonly testLabels: KnownFile;
}

const PIXELS = 28 * 28;

/** Labels have an 8-byte header and one byte each, so their files tell the rows of each part. */
const rowsOf = (labels: KnownFile): number => labels.sizeBytes - 8;

/** Unpacks the ARFF into `files`; the number of rows of each part follows from the files' sizes. */
export function unpackOpenml(files: MnistFiles): Unpack {
  return async (body, targetOf) => {
    const train = rowsOf(files.trainLabels);
    const test = rowsOf(files.testLabels);
    const parts = [
      {
        pixels: writeIdxHeader(targetOf(files.trainImages), [train, 28, 28]),
        labels: writeIdxHeader(targetOf(files.trainLabels), [train]),
      },
      {
        pixels: writeIdxHeader(targetOf(files.testImages), [test, 28, 28]),
        labels: writeIdxHeader(targetOf(files.testLabels), [test]),
      },
    ] as const;
    let digits: readonly number[] = [];

    const rows = await readArff('mnist_784.arff', body, {
      header: (attributes) => {
        digits = (attributes.at(-1)?.values ?? []).map(Number);
        const pixels = attributes.slice(0, -1).filter(({ values }) => values === undefined).length;
        if (attributes.length !== PIXELS + 1 || pixels !== PIXELS || digits.length === 0 || !digits.every(isDigit)) {
          throw notMnist(`${attributes.length} attributes arrived, ${PIXELS} numeric ones and a class of digits are needed`);
        }
      },
      row: (values, index) => {
        if (index >= train + test) throw notMnist(`more than ${train + test} rows arrived`);
        const part = index < train ? parts[0] : parts[1];
        const row = index < train ? index : index - train;
        for (let column = 0; column < PIXELS; column++) {
          const value = values[column]!;
          // A byte array would wrap 256 to 0 without a word.
          if (!Number.isInteger(value) || value < 0 || value > 255) {
            throw notMnist(`row ${index + 1}, pixel ${column + 1}: ${value} arrived, an integer from 0 to 255 is needed`);
          }
          part.pixels[row * PIXELS + column] = value;
        }
        part.labels[row] = digits[values[PIXELS]!]!;
      },
    });
    if (rows !== train + test) throw notMnist(`${rows} rows arrived, ${train + test} are needed`);
  };
}

const isDigit = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 9;

function notMnist(why: string): PipelineError {
  return new PipelineError('E_DATA', `mnist_784.arff is not MNIST: ${why}.`, { hint: 'Use another source.' });
}
