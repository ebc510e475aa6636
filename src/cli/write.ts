// Files that a command writes where the user said.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PipelineError, reasonOf } from '../core/errors/errors.ts';
import { fromStart } from '../runtime/node/directories.ts';

/** Writes a text file, its folders too. @throws E_USAGE for a place that cannot be written */
export function writeText(file: string, text: string): void {
  try {
    const path = fromStart(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (cause) {
    throw new PipelineError('E_USAGE', `${file} cannot be written: ${reasonOf(cause)}`, {
      hint: 'Name a file that you can write to.',
      cause,
    });
  }
}
