// The files that decide what a stage does: what a file imports, and the shaders that any of them names.
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { importClosure, nodeCodeDigests } from '../../../src/runtime/node/closure.ts';
import { tempFolder } from '../../support/files.ts';

test('a closure holds imports and shaders, and changes with their text but not with comments', async () => {
  const folder = tempFolder();
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const entry = write('entry.ts', "import { kernel } from './kernel.ts';\nexport default kernel;\n");
  const kernel = write('kernel.ts', "export const kernel = { source: new URL('./double.wgsl', import.meta.url) };\n");
  const shader = write('double.wgsl', '// doubles\n');
  expect([...(await importClosure(entry))].toSorted()).toEqual([shader, entry, kernel]);

  const digests = (): Promise<Readonly<Record<string, string>>> => nodeCodeDigests().closure([entry]);
  const before = await digests();
  expect(Object.keys(before).toSorted()).toEqual([shader, entry, kernel].map((file) => relative(process.cwd(), file)));
  write('kernel.ts', "// Twice.\nexport const kernel = { source: new URL('./double.wgsl', import.meta.url) };\n");
  expect(await digests()).toEqual(before);
  write('double.wgsl', '// triples\n');
  const after = await digests();
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([relative(process.cwd(), shader)]);
});
