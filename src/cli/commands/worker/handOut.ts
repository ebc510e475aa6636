// `pipeline run --queue`: what makes a run hand its stages, or the rows of its fits, to workers.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import type { ResultCache } from '../../../runtime/engine/options.ts';
import { ownCode } from '../../../runtime/node/code/codeDigests.ts';
import { connect } from '../../../runtime/node/queue/server/connect.ts';
import { QueueDriver } from '../../../runtime/node/queue/driver.ts';
import { LeasedShards } from '../../../runtime/node/queue/leases/leasedShards.ts';
import { secretOf } from '../../../runtime/node/queue/messages.ts';
import { pack } from '../../../runtime/node/queue/shipment.ts';
import { blobsOf } from '../../../runtime/node/shards/setUps.ts';
import { carriedParams, type GivenParams } from '../../params.ts';

const MOST_SHARDS = 1024;

interface HandOut {
  readonly pipeline: Pipeline;
  readonly file: string;
  readonly cache: ResultCache | undefined;
  readonly adapter: string | undefined;
  readonly given: GivenParams;
  readonly shards: string | undefined;
  readonly shardsHost: string | undefined;
}

/** What a run has of workers. */
export interface HandedOut {
  readonly queue: QueueDriver;
  readonly shards: LeasedShards | undefined;
  close(): Promise<void>;
}

/** @throws E_USAGE for what is missing here; E_QUEUE where the server does not answer */
export async function handOut(url: string, { pipeline, file, cache, adapter, given, shards, shardsHost = '127.0.0.1' }: HandOut): Promise<HandedOut> {
  const count = shards === undefined ? undefined : countOf(shards);
  if (!cache) throw new PipelineError('E_USAGE', 'Workers hand results over through the cache.', { hint: 'Leave out --no-cache or --queue.' });
  const secret = secretOf();
  const packed = await pack(file, pipeline.graph, carriedParams(given), cache.store);
  const code = await ownCode(cache.code);
  const connected = await connect(url); // last: what fails before leaves no line open
  const queue = new QueueDriver({ ...connected, secret, code, packed, adapter: adapter ?? process.env['PIPELINE_ADAPTER']?.trim() ?? 'auto' });
  const close = (): Promise<void> => queue.close();
  if (count === undefined) return { queue, shards: undefined, close };
  const leased = await LeasedShards.open(queue, { count, host: shardsHost, blobs: blobsOf(cache.store), secret, code }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { queue, shards: leased, close: () => leased.close().then(close) };
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_SHARDS) return count;
  throw new PipelineError('E_USAGE', `--shards ${text} is no number of shards.`, { hint: `Give a whole number from 1 to ${MOST_SHARDS}.` });
}
