// The error where a result is not in the cache that machines share.
import { PipelineError } from '../../core/errors/errors.ts';

/** @param worker who said that it is there */
export function notShared(path: string, worker?: string): PipelineError {
  const who = worker === undefined ? '' : `, where ${worker} says that it put it`;
  return new PipelineError('E_QUEUE', `What stage '${path}' provides is not in the shared cache${who}.`, {
    stage: path,
    hint: 'Give run and all workers the same folder or bucket in PIPELINE_CACHE, with room for all results (PIPELINE_CACHE_MB).',
  });
}
