// Drivers and workers of sharded fits, as programs open them: over a folder that both reach.
import type { ShardWorks } from '../../../core/shards/shards.ts';
import { blobStore } from '../cache/blobStore.ts';
import { nodeCacheStore } from '../cache/cacheStore.ts';
import { nodeCodeDigests, ownCode } from '../code/codeDigests.ts';
import { isBucket } from '../directories.ts';
import { openNodeCompute } from '../runtime.ts';
import { ShardDriver, type DriverOptions } from './driver.ts';
import { blobsOf, type Blobs } from './setUps.ts';
import { numericsOf, onV8, serveShards, type DriverAddress } from './worker.ts';

export interface ShardDriverOptions extends Omit<DriverOptions, 'blobs' | 'code'> {
  /** That driver and workers share, or `s3://bucket/prefix`: rows go through it, under their digests. */
  readonly folder: string;
}

/**
 * Listens for workers of sharded fits, on loopback unless told, until it is closed. Give it to `runPipeline` as `shards`, and its
 * `address` to `serveShards` on each worker.
 *
 * @example
 * const shards = await shardDriver({ count: 4, least: 4, folder: '/mnt/shared/shards' });
 * const result = await runPipeline(detector, { shards });
 * await shards.close();
 */
export async function shardDriver({ folder, ...options }: ShardDriverOptions): Promise<ShardDriver> {
  return ShardDriver.listen({ ...options, code: onV8(await ownCode(nodeCodeDigests())), blobs: blobsIn(folder) });
}

export interface ShardWorkerOptions {
  /** That of the driver. */
  readonly folder: string;
  /** As `--adapter` of the command line. */
  readonly adapter?: string | undefined;
  /** Aborted: the worker leaves, and its shards go elsewhere. */
  readonly signal?: AbortSignal | undefined;
}

export async function openWorker(address: DriverAddress, { folder, adapter, signal }: ShardWorkerOptions, works: ShardWorks): Promise<void> {
  const { compute, summary } = await openNodeCompute({ adapter, quiet: true });
  try {
    await serveShards(address, {
      compute,
      code: onV8(await ownCode(nodeCodeDigests())),
      numerics: numericsOf(summary),
      blobs: blobsIn(folder),
      works,
      signal,
    });
  } finally {
    compute.destroy();
  }
}

function blobsIn(folder: string): Blobs {
  return isBucket(folder) ? blobsOf(nodeCacheStore({ folder })) : blobStore(folder);
}
