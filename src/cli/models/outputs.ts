// Where answers go: a file that is put in its place once it is whole, or stdout.
import { mkdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { ParquetWriter } from '../../formats/parquet/writer.ts';
import { fromStart } from '../../runtime/node/directories.ts';
import { SIGNAL_CODES } from '../signals.ts';
import type { AnswerColumn } from './asked.ts';

/** Makes bytes of answers, block by block. */
interface Encoder {
  block(columns: readonly AnswerColumn[]): string | Uint8Array;
  end(): string | Uint8Array;
}

const ENCODERS: Readonly<Record<string, () => Encoder>> = { '.csv': csvLines, '.jsonl': jsonLines, '.ndjson': jsonLines, '.parquet': parquetFile };

export interface Output {
  /** Whether nobody takes more of it, as behind `| head`. */
  readonly closed: boolean;
  /** @throws E_USAGE for two columns of one name */
  write(columns: readonly AnswerColumn[]): Promise<void>;
  /** Puts the file in its place. */
  finish(): Promise<void>;
  /** Leaves nothing. */
  discard(): Promise<void>;
}

/** @param file CSV to stdout where it is left out @throws E_USAGE for another kind of file, or a place that cannot be written */
export async function outputTo(file: string | undefined): Promise<Output> {
  if (file === undefined) {
    const encoder = csvLines();
    let closed = false;
    return {
      get closed() {
        return closed;
      },
      write: (columns) =>
        new Promise((resolve, reject) => {
          process.stdout.write(encoder.block(checked(columns)), (error) => {
            if (!error) return resolve();
            closed = true;
            reject(error);
          });
        }),
      finish: async () => {},
      discard: async () => {},
    };
  }
  const encoderOf = ENCODERS[extname(file).toLowerCase()];
  if (!encoderOf)
    throw new PipelineError('E_USAGE', `${file} is none of the files that are written.`, { hint: 'Name one that ends with .csv, .jsonl or .parquet.' });
  const encoder = encoderOf();
  const path = fromStart(file);
  const aside = `${path}.${process.pid}.part`;
  const handle = await opened(file, path, aside);
  const leave = (signal: 'SIGINT' | 'SIGTERM'): void => {
    rmSync(aside, { force: true });
    process.exit(SIGNAL_CODES[signal]);
  };
  process.on('SIGINT', leave).on('SIGTERM', leave);
  return {
    closed: false,
    write: async (columns) => void (await handle.appendFile(encoder.block(checked(columns)))),
    async finish() {
      await handle.appendFile(encoder.end());
      await handle.sync();
      await handle.close();
      await rename(aside, path);
      process.off('SIGINT', leave).off('SIGTERM', leave);
    },
    async discard() {
      await handle.close().catch(() => {}); // it may be closed
      await rm(aside, { force: true });
      process.off('SIGINT', leave).off('SIGTERM', leave);
    },
  };
}

/** Whatever is written has a value of each column in each row. */
function checked(columns: readonly AnswerColumn[]): readonly AnswerColumn[] {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new PipelineError('E_USAGE', `Two columns of the answers would be called '${twice}'.`, {
      hint: 'Rename that column of the input, and name it by --id.',
    });
  const odd = columns.find(({ values }) => values.length !== columns[0]!.values.length);
  if (odd) throw new Error(`${odd.values.length} values of '${odd.name}' for ${columns[0]!.values.length} of '${names[0]}'`);
  return columns;
}

async function opened(file: string, path: string, aside: string) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return await open(aside, 'w');
  } catch (cause) {
    throw new PipelineError('E_USAGE', `${file} cannot be written: ${reasonOf(cause)}`, { hint: 'Name a file that you can write to.', cause });
  }
}

function csvLines(): Encoder {
  let head = true;
  const field = (value: unknown): string => {
    const text = typeof value === 'number' && Number.isNaN(value) ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return {
    block(columns) {
      const lines = head ? [columns.map(({ name }) => field(name)).join(',')] : [];
      head = false;
      for (let row = 0; row < columns[0]!.values.length; row++) lines.push(columns.map(({ values }) => field(values[row])).join(','));
      return `${lines.join('\n')}\n`;
    },
    end: () => '',
  };
}

function jsonLines(): Encoder {
  return {
    block(columns) {
      const lines = Array.from({ length: columns[0]!.values.length }, (_, row) =>
        JSON.stringify(Object.fromEntries(columns.map(({ name, values }) => [name, values[row]]))),
      );
      return `${lines.join('\n')}\n`;
    },
    end: () => '',
  };
}

function parquetFile(): Encoder {
  let writer: ParquetWriter | undefined;
  return {
    block(columns) {
      writer ??= new ParquetWriter(columns);
      return writer.group(columns);
    },
    end: () => writer!.end(),
  };
}
