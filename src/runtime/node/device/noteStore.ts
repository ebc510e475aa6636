// Notes as small files in the cache folder. A folder that cannot be written to keeps none, and nobody is bothered.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoteStore } from '../../gpu/notes.ts';
import { writeWhole } from '../files/cacheFolder.ts';
import { cacheDirectory } from '../directories.ts';

export function nodeNoteStore(folder = join(cacheDirectory(), 'notes')): NoteStore {
  return {
    get: (key) => readFile(join(folder, `${key}.json`), 'utf8').catch(() => undefined),
    // What could not be kept is measured again next time.
    set: (key, text) => writeWhole(folder, `${key}.json`, new TextEncoder().encode(text)).catch(() => {}),
  };
}
