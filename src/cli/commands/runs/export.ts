// `pipeline export`: the model of a recorded run as a file, for ONNX runtimes, for a page, or for this package.
import type { Command } from 'commander';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { mainScore, type RunRecord } from '../../../core/runRecord.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { exportModel } from '../../../runtime/node/exportModel.ts';
import { aboutRows } from '../../models/asked.ts';
import { modelOf } from '../../models/runModels.ts';
import { recordOf } from './runs.ts';

interface Options {
  readonly stage?: string;
  readonly double?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .argument('[run]', 'id of a run or a prefix of one; last, or last~1 for the one before; the last run if left out')
    .argument('[file]', 'model.onnx, model.json or model.safetensors')
    .usage('[options] [run] <file>')
    .description(
      'Writes the model that a recorded run left in the cache, with all that rows go through before it: model.onnx for ONNX runtimes, model.json for the predictor of `pipeline-gpu/predictor`, model.safetensors for this package. A file that is already there is replaced.',
    )
    .option('--stage <path>', 'the stage that fitted it, where several did')
    .option('--double', 'numbers of an ONNX file come in and go out as float64: needed for times in seconds')
    .action(async (first: string | undefined, second: string | undefined, options: Options) => {
      if (first === undefined) throw new PipelineError('E_USAGE', 'export needs a file to write.', { hint: 'Write pipeline export model.onnx.' });
      const [id, file] = second === undefined ? ['last', first] : [first, second];
      const run = await recordOf(id);
      const { path, read } = await modelOf(run, nodeCacheStore(), options.stage);
      const { model } = await read();
      const bytes = await exportModel(file, model, { about: aboutOf(run, path), ...(options.double ? { numbers: 'double' } : {}) });
      process.stdout.write(`${file}  ${bytes} bytes, the model of ${path} in run ${run.id}\n`);
    });
}

/** Where the model comes from. */
function aboutOf(run: RunRecord, stage: string): JsonRecord {
  const score = mainScore(run);
  const { id, pipeline, started, version } = run;
  return { run: id, pipeline, stage, started, version, ...aboutRows(run), ...(score ? { scores: { [score.name]: score.value } } : {}) };
}
