// What of a project goes to workers.
import { symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Graph } from '../../src/dsl/graph/graph.ts';
import type { CacheStore } from '../../src/runtime/keys/cache.ts';
import { pack } from '../../src/runtime/node/queue/shipment.ts';
import { project } from '../support/project.ts';

test('a file behind a link, and every tsconfig.json that is extended', async () => {
  const { folder, write } = project();
  write('own/deep.ts', "import { one } from './one.ts';\nexport default one;\n");
  write('own/one.ts', 'export const one = 1;\n');
  write('own/package.json', '{ "type": "module" }');
  write('own/tsconfig.json', '{ "extends": ["./first", "./second.json"] }');
  write('own/first.json', '{ "extends": "../third.json" }');
  write('own/second.json', '{}');
  write('third.json', '{}');
  symlinkSync(`${folder}/own`, `${folder}/link`);
  const blobs = new Map<string, Uint8Array>();
  const store = { putBlob: async (digest: string, bytes: Uint8Array) => void blobs.set(digest, bytes) } as Partial<CacheStore> as CacheStore;
  const { digest } = await pack(`${folder}/link/deep.ts`, { nodes: [] } as Partial<Graph> as Graph, {}, store);
  const { file, files } = JSON.parse(new TextDecoder().decode(blobs.get(digest))) as { readonly file: string; readonly files: object };
  expect(file).toBe('own/deep.ts');
  expect(Object.keys(files).sort()).toEqual([
    'own/deep.ts',
    'own/first.json',
    'own/one.ts',
    'own/package.json',
    'own/second.json',
    'own/tsconfig.json',
    'third.json',
  ]);
});
