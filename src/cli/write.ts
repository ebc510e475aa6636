// Files that a command writes where the user said.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PipelineError, reasonOf } from '../core/errors.ts';

/** Writes a text file, its folders too. @throws E_USAGE for a place that cannot be written */
export function writeText(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    throw new PipelineError('E_USAGE', `${file} cannot be written: ${reasonOf(cause)}`, {
      hint: 'Name a place that can be written.',
      cause,
    });
  }
}
