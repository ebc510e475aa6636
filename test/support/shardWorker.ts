// A worker of sharded fits as a process of its own. Run by test/shards and bench/shards.ts: address, folder of blobs, adapter.
import { fileURLToPath } from 'node:url';
import { spawn, type ChildProcess } from 'node:child_process';
import { shardWorks } from '../../src/estimators/shardWorks.ts';
import { blobStore } from '../../src/runtime/node/cache/blobStore.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { serveShards, type DriverAddress } from '../../src/runtime/node/shards/worker.ts';
import '../../src/node.ts';

const SELF = fileURLToPath(import.meta.url);

/** @param before such as taskset and its arguments */
export function startWorker(
  address: DriverAddress,
  folder: string,
  { before = [], env = {} }: { before?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const [command, ...args] = [...before, process.execPath, '--conditions=pipeline-gpu-source', '--import', 'tsx', SELF, JSON.stringify(address), folder];
  return spawn(command!, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
}

if (process.argv[1] === SELF) {
  const [address, folder] = process.argv.slice(2) as [string, string];
  const { compute, summary } = await openNodeCompute({ quiet: true });
  await serveShards(JSON.parse(address) as DriverAddress, {
    compute,
    numerics: process.env['SHARD_NUMERICS'] ?? summary.name,
    blobs: blobStore(folder),
    works: shardWorks,
  });
  compute.destroy();
}
