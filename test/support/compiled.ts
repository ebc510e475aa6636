// Whether TypeScript accepts files of a project, as an editor with strict settings would show them.
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';
import type { Project } from './project.ts';

/**
 * @param declaration whether the types of all exports can be written down, as a notebook does from cell to cell
 * @returns what the compiler prints of the project's files: nothing where all is well
 */
export async function compiled({ folder }: Project, packages: readonly string[] = [], declaration = false): Promise<string> {
  for (const name of packages) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom'],
    module: 'nodenext',
    types: [],
    strict: true,
    noEmit: true,
    declaration,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], (_error, stdout) =>
      // A name that is exported, but by no entry of the package, is within reach of notebooks, which know no entries.
      resolve(stdout.replaceAll(/^.*: error TS2883: .*\n/gm, '')),
    );
  });
}
