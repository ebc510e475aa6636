// A process of its own that reads one known file through the node file store, several times at once, and prints what it
// got as one line of JSON. Run by test/runtime/node/processes.test.ts.
import { createHash } from 'node:crypto';
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { KnownFile } from '../../src/core/files.ts';
import { nodeFileStore } from '../../src/runtime/node/files/fileStore.ts';

export interface ReadJob {
  readonly cache: string;
  readonly url: string;
  readonly file: KnownFile;
  readonly readers: number;
  /** Ends as by SIGKILL when the first piece of a file is written. */
  readonly dies?: boolean;
}

export interface ReadReport {
  readonly digests: readonly string[];
  readonly warnings: readonly string[];
  readonly uid: number;
}

const { cache, url, file, readers, dies } = JSON.parse(process.argv[2]!) as ReadJob;
if (dies) {
  const { open } = promises;
  promises.open = async (...args) => {
    const handle = await open(...args);
    const write = handle.writeFile.bind(handle);
    handle.writeFile = async (...piece) => {
      await write(...piece);
      process.kill(process.pid, 'SIGKILL');
    };
    return handle;
  };
  syncBuiltinESMExports();
}
const warnings: string[] = [];
const store = nodeFileStore({ cacheFolder: cache, mirror: '', retryPolicy: { backoffMs: 1 } });
const set = { name: 'test-set', files: [file], sources: [{ kind: 'http', title: 'mirror', urlOf: () => url, encoding: 'gzip' } as const] };
const reads = await Promise.all(
  Array.from({ length: readers }, () => store.read(set, { onWarning: ({ code, message }) => warnings.push(`${code} ${message}`) })),
);
const digests = reads.map(([bytes]) => createHash('sha256').update(bytes!).digest('hex'));
console.log(JSON.stringify({ digests, warnings, uid: process.getuid?.() ?? -1 } satisfies ReadReport));
