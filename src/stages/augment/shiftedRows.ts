// Pictures and their copies, moved by some pixels: made as they are read, so that five times the rows take no more memory.
import { takeRows, type ShiftedPictures, type StoredMatrix } from '../../core/data/features.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';

/** Copy after copy, `[shifts * ids, cols]`. What moves in from outside is 0. */
export function shiftedRows(fields: ShiftedPictures): StoredMatrix & Encodable {
  const { x, ids, width, height, shifts } = fields;
  const { cols, dtype } = x;
  const colors = cols / (width * height);
  return {
    rows: shifts.length * ids.length,
    cols,
    dtype,
    shifted: fields,
    async readRows(asked, target) {
      const { data } = await takeRows(
        x,
        asked.map((row) => ids[row % ids.length]!),
      );
      target.fill(0);
      asked.forEach((row, i) => {
        const [right, down] = shifts[Math.floor(row / ids.length)]!;
        const from = Math.max(0, -right);
        const count = (width - Math.abs(right)) * colors;
        for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
          const source = i * cols + ((y - down) * width + from) * colors;
          target.set(data.subarray(source, source + count), i * cols + (y * width + from + right) * colors);
        }
      });
    },
    [encodeAs]: { type: TYPE, fields },
  };
}

const TYPE = registerType('shiftedRows', (fields: ShiftedPictures) => shiftedRows(fields));
