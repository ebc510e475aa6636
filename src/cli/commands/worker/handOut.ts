// `pipeline run --queue`: what makes a run hand its stages to workers.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import type { ResultCache } from '../../../runtime/engine/options.ts';
import { ownCode } from '../../../runtime/node/code/codeDigests.ts';
import { connect } from '../../../runtime/node/queue/connect.ts';
import { QueueDriver } from '../../../runtime/node/queue/driver.ts';
import { secretOf } from '../../../runtime/node/queue/messages.ts';
import { pack } from '../../../runtime/node/queue/shipment.ts';
import { carriedParams, type GivenParams } from '../../params.ts';

interface HandOut {
  readonly pipeline: Pipeline;
  readonly file: string;
  readonly cache: ResultCache | undefined;
  readonly adapter: string | undefined;
  readonly given: GivenParams;
}

/** @throws E_USAGE for what is missing here; E_QUEUE where the server does not answer */
export async function handOut(url: string, { pipeline, file, cache, adapter, given }: HandOut): Promise<QueueDriver> {
  if (!cache) throw new PipelineError('E_USAGE', 'Workers hand results over through the cache.', { hint: 'Leave out --no-cache or --queue.' });
  const secret = secretOf();
  const packed = await pack(file, pipeline.graph, carriedParams(given), cache.store);
  const code = await ownCode(cache.code);
  const connected = await connect(url); // last: what fails before leaves no line open
  return new QueueDriver({ ...connected, secret, code, packed, adapter: adapter ?? process.env['PIPELINE_ADAPTER']?.trim() ?? 'auto' });
}
