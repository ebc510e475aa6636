// Notes as small files in the cache folder. A folder that cannot be written to keeps none, and nobody is bothered.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoteStore } from '../gpu/notes.ts';
import { cacheDirectory } from './directories.ts';

export function nodeNoteStore(folder = join(cacheDirectory(), 'notes')): NoteStore {
  const pathOf = (key: string): string => join(folder, `${key}.json`);
  return {
    get: (key) => readFile(pathOf(key), 'utf8').catch(() => undefined),
    async set(key, text) {
      try {
        await mkdir(folder, { recursive: true });
        const temporary = `${pathOf(key)}.${process.pid}`;
        await writeFile(temporary, text);
        await rename(temporary, pathOf(key));
      } catch {
        // measured again next time
      }
    },
  };
}
