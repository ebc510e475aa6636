// The digits that scikit-learn carries, as pictures.
import type { Dataset } from '../../core/data/dataset.ts';
import { matrix } from '../../core/data/matrix.ts';
import { fromBase64 } from '../../core/encoding/base64.ts';
import type { DatasetSource } from '../../datasets/source.ts';
import { wholeOf } from '../../formats/bytes/slices.ts';

const ROWS = 1797;
const SIDE = 8;
const CLASSES = Array.from({ length: 10 }, (_, digit) => digit);
const COLUMNS = Array.from({ length: SIDE * SIDE }, (_, i) => `pixel_${Math.floor(i / SIDE)}_${i % SIDE}`);
const PICTURE = { width: SIDE, height: SIDE, full: 16 };

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
    load: async (_files, { signal }) => {
      const { PACKED } = await import('./data/digits.ts');
      // Pixel by pixel those of all rows, then their labels.
      const bytes = await wholeOf({ name: 'digits', at: fromBase64(PACKED) }, { signal });
      const pixels = ROWS * COLUMNS.length;
      const x = Uint8Array.from({ length: pixels }, (_, i) => bytes[(i % COLUMNS.length) * ROWS + Math.floor(i / COLUMNS.length)]!);
      return {
        name: 'digits',
        role: 'all',
        x: matrix(ROWS, COLUMNS.length, x),
        labels: bytes.slice(pixels, pixels + ROWS),
        rows: Uint32Array.from({ length: ROWS }, (_, row) => row),
        columns: COLUMNS,
        classNames: CLASSES,
        picture: PICTURE,
      } satisfies Dataset<'all'>;
    },
  };
}
