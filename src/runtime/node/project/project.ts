// Where a file belongs: its project, and the settings of the compiler that hold for it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder upward that has a package.json, else the file's own. */
export function projectOf(file: string): string {
  return folderWith('package.json', file) ?? dirname(file);
}

/** The nearest tsconfig.json upward. */
export function tsconfigOf(file: string): string | undefined {
  const folder = folderWith('tsconfig.json', file);
  return folder === undefined ? undefined : join(folder, 'tsconfig.json');
}

function folderWith(name: string, file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
