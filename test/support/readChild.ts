// A process of its own that reads one known file through the node file store, several times at once, and prints what it
// got as one line of JSON. Run by test/runtime/node/processes.test.ts.
import { createHash } from 'node:crypto';
import type { KnownFile } from '../../src/core/files.ts';
import { nodeFileStore } from '../../src/runtime/node/fileStore.ts';

export interface ReadJob {
  readonly cache: string;
  readonly url: string;
  readonly file: KnownFile;
  readonly readers: number;
}

export interface ReadReport {
  readonly digests: readonly string[];
  readonly warnings: readonly string[];
  readonly uid: number;
}

const { cache, url, file, readers } = JSON.parse(process.argv[2]!) as ReadJob;
const warnings: string[] = [];
const store = nodeFileStore({ cacheFolder: cache, mirror: '', patience: { backoffMs: 1 } });
const set = { name: 'test-set', files: [file], sources: [{ kind: 'http', title: 'mirror', urlOf: () => url, encoding: 'gzip' } as const] };
const reads = await Promise.all(
  Array.from({ length: readers }, () => store.read(set, { onWarning: ({ code, message }) => warnings.push(`${code} ${message}`) })),
);
const digests = reads.map(([bytes]) => createHash('sha256').update(bytes!).digest('hex'));
console.log(JSON.stringify({ digests, warnings, uid: process.getuid?.() ?? -1 } satisfies ReadReport));
