// The digits that scikit-learn carries, as pictures.
import type { Dataset } from '../../core/data/dataset.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { DatasetSource } from '../../datasets/source.ts';
import { reader } from './packed.ts';

const ROWS = 1797;
const SIDE = 8;
const CLASSES = Array.from({ length: 10 }, (_, digit) => digit);
const COLUMNS = Array.from({ length: SIDE * SIDE }, (_, i) => `pixel_${Math.floor(i / SIDE)}_${i % SIDE}`);
const PICTURE = { width: SIDE, height: SIDE, full: 16 };
/** Levels of ink that tell most of what stands to the right and below: few for each digit, more for all. */
const FEW = levels(1, 8, 15);
const MORE = levels(1, 5, 11, 16);

/**
 * Handwritten digits of 8 x 8 pixels: x `[1797, 64]` u8, 0 (paper) to 16 (ink), and the digits 0 to 9 as labels; `load_digits` of
 * scikit-learn. It comes with the package. Data: UCI Machine Learning Repository, CC BY 4.0.
 *
 * @example
 * pipeline('digits', fetch(digits()), split({ test: 0.25, seed: 42, stratify: true }), fit(kNeighborsClassifier()), score({ on: 'test' }));
 */
export function digits(): DatasetSource {
  return {
    name: 'digits',
    code: [],
    digest: '87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826',
    facts: { rows: ROWS, cols: COLUMNS.length, dtype: 'u8', columns: COLUMNS, classes: CLASSES, picture: PICTURE },
    load: async () => {
      const { PACKED } = await import('./data/digits.ts');
      const next = reader(PACKED, 5);
      const x = new Uint8Array(ROWS * COLUMNS.length);
      const labels = new Uint8Array(ROWS);
      for (let row = 0; row < ROWS; row++) {
        labels[row] = next(-1, -1);
        for (let column = 0; column < COLUMNS.length; column++) {
          const at = row * COLUMNS.length + column;
          const left = column % SIDE ? x[at - 1]! : 0;
          const above = column < SIDE ? 0 : x[at - SIDE]!;
          x[at] = next(((labels[row]! * 64 + column) * 5 + FEW[left]!) * 5 + FEW[above]!, (column * 5 + MORE[left]!) * 5 + MORE[above]!);
        }
      }
      return {
        name: 'digits',
        role: 'all',
        x: matrix(ROWS, COLUMNS.length, x),
        labels,
        rows: Uint32Array.from({ length: ROWS }, (_, row) => row),
        columns: COLUMNS,
        classNames: CLASSES,
        picture: PICTURE,
      } satisfies Dataset<'all'>;
    },
  };
}

/** The level of each amount of ink. */
function levels(...ends: readonly number[]): readonly number[] {
  return Array.from({ length: PICTURE.full + 1 }, (_, ink) => ends.filter((end) => ink >= end).length);
}
