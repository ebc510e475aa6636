// What a model is asked about: tables, arrays of numpy, and folders of pictures, a block of rows after the other. How far an input has
// been read never runs far ahead of the answers: memory is that of some blocks, whatever the size of the input.
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Disk } from '../../core/files.ts';
import { featuresOf } from '../../datasets/arrays/ndArray.ts';
import { readNpy } from '../../datasets/arrays/npy.ts';
import { PictureRows } from '../../datasets/pictures/rows.ts';
import { decoderOf, kindOf } from '../../datasets/pictures/decode.ts';
import { nodeSurroundings } from '../../runtime/node/surroundings.ts';
import { askedTable, type TableFileOptions } from '../tables/tableFile.ts';
import { shapeOf, type Asked } from './asked.ts';
import { RowBlocks, type Block } from './rows.ts';

export interface InputOptions extends TableFileOptions {
  /** Column that says what rows are called. */
  readonly id?: string | undefined;
  readonly background?: 'white' | 'black' | undefined;
}

/** Numbers of a block: 8 MB. */
const BLOCK_NUMBERS = 1e6;
const MOST_ROWS = 16_384;
const PICTURES = 128;
const HEAD_BYTES = 65_536;

const rowsOfBlock = (cols: number): number => Math.max(1, Math.min(MOST_ROWS, Math.floor(BLOCK_NUMBERS / Math.max(1, cols))));

/**
 * Asks about the rows of an input, in order.
 *
 * @param note is told what the input has that the model does not look at
 * @throws E_DATA for an input without rows, and for cells that do not fit, with their place
 */
export async function eachBlock(
  asked: Asked,
  input: string,
  options: InputOptions,
  use: (block: Block) => Promise<void>,
  note: (text: string) => void,
): Promise<void> {
  let rows = 0;
  const counting = async (block: Block): Promise<void> => {
    rows += block.rows.rows.length;
    await use(block);
  };
  const stats = statSync(input, { throwIfNoEntry: false });
  if (stats?.isDirectory()) await eachPicture(asked, input, options, counting);
  else if (/\.npy$/i.test(input)) await eachOfArray(asked, input, counting);
  else await eachOfTable(asked, input, options, counting, note);
  if (rows === 0) throw new PipelineError('E_DATA', `${basename(input)} has no rows.`, { hint: 'Name an input that has some.' });
}

async function eachOfTable(
  asked: Asked,
  input: string,
  options: InputOptions,
  use: (block: Block) => Promise<void>,
  note: (text: string) => void,
): Promise<void> {
  const { id, background: _, ...reading } = options;
  const { file } = askedTable(input, reading);
  const shape = shapeOf(asked);
  let waiting: Block[] = [];
  const drain = async (): Promise<void> => {
    const blocks = waiting;
    waiting = [];
    for (const block of blocks) await use(block);
  };
  let blocks: RowBlocks | undefined;
  await file.read({ disk: paced(nodeSurroundings(), drain) }, (columns) => {
    const most = rowsOfBlock(shape.cols ?? columns.length);
    const made = (blocks = new RowBlocks(file.name, columns, shape, { id, most, ready: (block) => waiting.push(block) }));
    const { ignored } = made;
    if (ignored.length > 0)
      note(`${file.name}: the model does not look at ${ignored.slice(0, 8).join(', ')}${ignored.length > 8 ? ` and ${ignored.length - 8} more columns` : ''}.`);
    return { cells: made.cells, endRow: () => made.endRow() };
  });
  blocks?.end();
  await drain();
}

/** What is read goes on once `drain` is done. */
function paced(disk: Disk, drain: () => Promise<void>): Disk {
  return {
    ...disk,
    async open(file) {
      const opened = await disk.open(file);
      if (!opened) return undefined;
      const { bytes } = opened;
      return {
        ...opened,
        bytes: (async function* () {
          for await (const piece of bytes) {
            yield piece;
            await drain();
          }
        })(),
      };
    },
    async slices(file) {
      const opened = await disk.slices(file);
      if (!opened) return undefined;
      const slice: typeof opened.slice = async (from, to) => {
        await drain();
        return opened.slice(from, to);
      };
      return { ...opened, slice };
    },
  };
}

/** Rows of an array, whose head is put before each part of it. */
async function eachOfArray(asked: Asked, input: string, use: (block: Block) => Promise<void>): Promise<void> {
  const name = basename(input);
  const file = await nodeSurroundings().slices(pathToFileURL(resolve(input)));
  if (!file) throw new PipelineError('E_DATA', `${input} is not there.`, { hint: 'Name the file with the rows.' });
  const { columns, cols } = shapeOf(asked);
  try {
    const head = await file.slice(0, Math.min(file.size, HEAD_BYTES));
    const text = new TextDecoder('latin1').decode(head);
    const dims = /'shape':\s*\((\d+),\s*([\d,\s]*)\)/.exec(text);
    const end = text.indexOf('\n') + 1;
    const rows = Number(dims?.[1]);
    // One that is no array, or whose first dimension is not the slowest, is read whole, and told what is wrong with it.
    const whole = !dims || end === 0 || text.includes("'fortran_order': True") || rows === 0;
    const rowBytes = whole ? 0 : (file.size - end) / rows;
    const most = rowsOfBlock(cols ?? 1);
    for (let from = 0, step = whole || !Number.isInteger(rowBytes) ? Infinity : most; from < (whole ? 1 : rows); from += step) {
      const bytes =
        step === Infinity
          ? await file.slice(0, file.size)
          : withHead(
              text.slice(0, end),
              dims!,
              Math.min(step, rows - from),
              await file.slice(end + from * rowBytes, end + Math.min(rows, from + step) * rowBytes),
            );
      const x = featuresOf(readNpy(name, bytes));
      if (cols !== undefined && x.cols !== cols)
        throw new PipelineError('E_DATA', `${name} has ${x.cols} columns; the model was fitted on ${cols}.`, {
          hint: 'Give the columns that it was fitted on, in their order.',
        });
      const ids = Uint32Array.from({ length: x.rows }, (_, row) => row);
      await use({ from, ids: undefined, odd: [], rows: { name, x, rows: ids, ...(columns ? { columns } : {}) } });
    }
  } finally {
    await file.close();
  }
}

/** Part of an array as an array of its own: the same head, but for the count of rows, which keeps its width. */
function withHead(head: string, [all, count]: RegExpExecArray, rows: number, values: Uint8Array): Uint8Array {
  const own = head.replace(all!, all!.replace(count!, String(rows).padStart(count!.length)));
  const bytes = new Uint8Array(own.length + values.length);
  for (let i = 0; i < own.length; i++) bytes[i] = own.charCodeAt(i);
  bytes.set(values, own.length);
  return bytes;
}

/** Pictures in a folder, or in folders inside it, by name. */
async function eachPicture(asked: Asked, folder: string, { background }: InputOptions, use: (block: Block) => Promise<void>): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(png|jpe?g)$/i.test(name) && !/(^|\/)\./.test(name))
    .toSorted();
  const { fittedOn } = asked.about as {
    readonly fittedOn?: { readonly picture?: { readonly width: number; readonly height: number; readonly colors?: 'grey' | 'rgb' } };
  };
  const { picture } = fittedOn ?? {};
  const { columns, cols } = shapeOf(asked);
  if (!picture || (cols !== undefined && picture.width * picture.height * (picture.colors === 'rgb' ? 3 : 1) !== cols)) {
    throw new PipelineError('E_USAGE', `The model of ${asked.name} does not say which pictures it was fitted on.`, {
      hint: "Name a file that the stage save('model.safetensors') wrote after fit(...) on pictures.",
    });
  }
  const { width, height, colors = 'grey' } = picture;
  for (let from = 0; from < names.length; from += PICTURES) {
    const own = names.slice(from, from + PICTURES);
    const made = new PictureRows({ size: [width, height], colors, background });
    for (const name of own) {
      const bytes = await nodeSurroundings().read(pathToFileURL(resolve(join(folder, name))));
      if (!bytes) throw new PipelineError('E_DATA', `${name} was there and is gone.`, { hint: 'Ask again when nobody changes the folder.' });
      made.add(name, bytes, await decoderOf(kindOf(name, bytes)), own.length);
    }
    const { x, rows } = made.rows(basename(folder));
    await use({ from, ids: own, odd: [], rows: { name: basename(folder), x: matrix(x.rows, x.cols, x.data), rows, ...(columns ? { columns } : {}) } });
  }
}
