// Pictures out of a table whose cells are the bytes of their files, as Parquet files of data sets hold them.
import type { ClassName, Dataset } from '../../core/data/dataset.ts';
import { codedLabels } from '../../core/data/classNames.ts';
import { labelArray } from '../../core/data/labels.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { CellSink, Misfit, RowSink, TableFile, TableNotes, TableReadOptions } from '../../formats/format.ts';
import type { DatasetSource } from '../source.ts';
import { decoderOf, kindOf, type Decoder, type PictureKind } from './decode.ts';
import { factsOf, paramsOf, type PictureColumns } from './options.ts';
import { PictureRows } from './rows.ts';

export function tableOfPictures(file: TableFile, options: PictureColumns): DatasetSource {
  const name = file.name.replace(/\.\w+$/, '');
  return {
    name,
    code: [],
    params: { ...file.params, ...paramsOf(options) },
    ...(file.files ? { inputs: { files: file.files } } : {}),
    facts: factsOf(options),
    load: (files, loading) => loadTable(name, file, options, { ...loading, files }),
  };
}

async function loadTable(name: string, file: TableFile, options: PictureColumns, loading: TableReadOptions): Promise<Dataset<'all'>> {
  // Cells come without waiting, so both decoders must be there before the first.
  const decoders = { png: await decoderOf('png'), jpeg: await decoderOf('jpeg') };
  const reading = new Reading(file.name, options, decoders);
  await file.read(loading, (columns, about, notes) => reading.open(columns, about ?? 0, notes));
  return reading.dataset(name);
}

const EMBED = 'Write the bytes of the picture files into the column.';
const UNLABELLED = 'Leave rows without a class out of the file.';

class Reading {
  readonly #file: string;
  readonly #image: string;
  readonly #label: string;
  readonly #decoders: Readonly<Record<PictureKind, Decoder>>;
  readonly #pictures: PictureRows;
  readonly #labels: (number | string)[] = [];
  /** Names by number, and those of cells that are names already. */
  #classNames: readonly string[] | undefined;
  #names: readonly string[] | undefined;
  #about = 0;

  constructor(file: string, options: PictureColumns, decoders: Readonly<Record<PictureKind, Decoder>>) {
    this.#file = file;
    this.#image = options.image ?? 'image';
    this.#label = options.label ?? 'label';
    this.#decoders = decoders;
    this.#pictures = new PictureRows(options);
  }

  open(columns: readonly string[], about: number, { classNames = {}, names = {} }: TableNotes = {}): RowSink {
    const inStruct = `${this.#image}.bytes`;
    const image = columns.includes(inStruct) ? inStruct : this.#image;
    for (const [option, column] of [
      ['image', image],
      ['label', this.#label],
    ] as const) {
      const there = columns.filter((name) => name === column).length;
      if (there > 1) throw new PipelineError('E_DATA', `${this.#file} has ${there} columns called '${column}'.`, { hint: 'Rename them in the file.' });
      if (there === 1) continue;
      throw new PipelineError('E_DATA', `${this.#file} has no column '${column}'.`, {
        hint: `${didYouMean(column, columns, 'Columns')} Name it: pictures(file, { ${option}: '...' }).`,
      });
    }
    this.#about = about;
    this.#classNames = Object.hasOwn(classNames, this.#label) ? classNames[this.#label] : undefined;
    this.#names = Object.hasOwn(names, this.#label) ? names[this.#label] : undefined;
    const cells = columns.map((column) => (column === image ? this.#pixels() : column === this.#label ? this.#classes() : undefined));
    return { cells, endRow: () => {} };
  }

  #pixels(): CellSink {
    const none = (): Misfit => ({ wrong: 'is no picture', cure: EMBED });
    return {
      numeric: false,
      number: none,
      text: none,
      missing: none,
      bytes: (bytes) => {
        const name = `the picture of row ${this.#pictures.count}`;
        this.#pictures.add(name, bytes, this.#decoders[kindOf(name, bytes)], this.#about);
        return undefined;
      },
    };
  }

  #classes(): CellSink {
    const known = this.#classNames;
    return {
      numeric: known !== undefined,
      number: (value) => {
        if (known && !(Number.isInteger(value) && value >= 0 && value < known.length))
          return { wrong: `is none of the ${known.length} classes that the file names, 0 to ${known.length - 1}`, cure: UNLABELLED };
        this.#labels.push(value);
        return undefined;
      },
      text: (text) => {
        if (known) return { wrong: 'is no number of a class', cure: UNLABELLED };
        this.#labels.push(text);
        return undefined;
      },
      missing: () => ({ wrong: 'is no class', cure: UNLABELLED }),
    };
  }

  dataset(name: string): Dataset<'all'> {
    if (this.#pictures.count === 0) throw new PipelineError('E_DATA', `${this.#file} has no pictures.`, { hint: 'Name a file that has rows.' });
    const rows = this.#pictures.rows(name);
    const classNames = this.#classNames;
    if (!classNames) {
      const named = this.#names ? { classNames: this.#names } : {};
      return codedLabels({ ...rows, labels: this.#labels as readonly ClassName[], ...named }) as Dataset<'all'>;
    }
    const labels = labelArray(this.#labels.length, classNames.length - 1);
    labels.set(this.#labels as readonly number[]);
    return { ...rows, labels, classNames };
  }
}
