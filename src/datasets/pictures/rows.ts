// Pictures as they come, each a row of one matrix of bytes. Only one of them is decoded at a time.
import { PipelineError } from '../../core/errors/errors.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { pixelsOf, type Decoder } from './decode.ts';
import type { PicturesOptions } from './options.ts';
import { CHANNELS, type Colors } from './raster.ts';
import { Resizer } from './resize.ts';

export class PictureRows {
  readonly #colors: Colors;
  readonly #background: PicturesOptions['background'];
  readonly #resizer: Resizer | undefined;
  #data = new Uint8Array();
  #rows = 0;
  /** What the first picture has, and the others must have. */
  #first: { readonly name: string; readonly width: number; readonly height: number } | undefined;

  constructor({ size, colors = 'rgb', background }: PicturesOptions) {
    this.#colors = colors;
    this.#background = background;
    this.#resizer = size && new Resizer(...size);
  }

  get count(): number {
    return this.#rows;
  }

  /**
   * @param name of the picture, for messages
   * @param about rows that will come in all, as far as that is known
   * @throws E_DATA for what is no whole picture, or has another size than the first
   */
  add(name: string, bytes: Uint8Array, decode: Decoder, about: number): void {
    const { width, height, data } = pixelsOf(name, bytes, decode, { colors: this.#colors, background: this.#background, resizer: this.#resizer });
    this.#first ??= { name, width, height };
    const first = this.#first;
    if (width !== first.width || height !== first.height) {
      throw new PipelineError('E_DATA', `${name} has ${width} x ${height} pixels, and ${first.name} ${first.width} x ${first.height}.`, {
        hint: `Say size: [${first.width}, ${first.height}], to which all are resized.`,
      });
    }
    const cols = data.length;
    if ((this.#rows + 1) * cols > this.#data.length) this.#grow(cols, Math.max(about, this.#rows + 1, Math.ceil(1.5 * this.#rows)));
    this.#data.set(data, this.#rows * cols);
    this.#rows++;
  }

  #grow(cols: number, rows: number): void {
    let more: Uint8Array<ArrayBuffer>;
    try {
      more = new Uint8Array(rows * cols);
    } catch (cause) {
      const { width, height } = this.#first!;
      throw new PipelineError('E_DATA', `There is no memory for ${rows} pictures of ${width} x ${height} pixels: ${(rows * cols) / 1e9} GB.`, {
        hint: `Say a smaller size, or colors: 'grey'.`,
        cause,
      });
    }
    more.set(this.#data);
    this.#data = more;
  }

  /** All of them. Ask when one was added at least. */
  rows(name: string): Rows<'all', Matrix<'u8'>> {
    const { width, height } = this.#first!;
    const cols = width * height * CHANNELS[this.#colors];
    return {
      name,
      role: 'all',
      x: matrix(this.#rows, cols, this.#data.subarray(0, this.#rows * cols)),
      rows: Uint32Array.from({ length: this.#rows }, (_, row) => row),
      picture: { width, height, colors: this.#colors },
    };
  }
}
