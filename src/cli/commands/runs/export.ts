// `pipeline export`: the model of a recorded run as a file, for ONNX runtimes, for a page, or for this package.
import type { Command } from 'commander';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { mainScore, type RunRecord } from '../../../core/runRecord.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { exportModel } from '../../../runtime/node/exportModel.ts';
import { modelsOf } from '../../page/servedModel.ts';
import { recordOf } from './runs.ts';

interface Options {
  readonly stage?: string;
  readonly double?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .argument('<run>', 'id of a run or a prefix of one; last, last~1; left out, the last run')
    .argument('[file]', 'model.onnx, model.json or model.safetensors')
    .usage('[options] [run] <file>')
    .description(
      'Writes the model that a recorded run left in the cache, with all that rows go through before it: model.onnx for ONNX runtimes, model.json for the predictor of `pipeline-gpu/predictor`, model.safetensors for this package. A file that is there is replaced.',
    )
    .option('--stage <path>', 'the stage that fitted it, where several did')
    .option('--double', 'numbers of an ONNX file come in and go out as float64: needed for times in seconds')
    .action(async (first: string, second: string | undefined, options: Options) => {
      const [id, file] = second === undefined ? ['last', first] : [first, second];
      const run = await recordOf(id);
      const { path, model } = await modelOf(run, options.stage);
      const bytes = await exportModel(file, model, { about: aboutOf(run, path), ...(options.double ? { numbers: 'double' } : {}) });
      process.stdout.write(`${file}  ${bytes} bytes, the model of ${path} in run ${run.id}\n`);
    });
}

async function modelOf(run: RunRecord, stage: string | undefined): Promise<{ readonly path: string; readonly model: object }> {
  const found: { readonly path: string; readonly model: object }[] = [];
  for await (const one of modelsOf(run, nodeCacheStore())) found.push(one);
  const wanted = stage === undefined ? found : found.filter(({ path }) => path === stage);
  if (wanted.length === 1) return wanted[0]!;
  const paths = found.map(({ path }) => path).join(', ');
  if (found.length === 0)
    throw new PipelineError('E_USAGE', `Run ${run.id} left no model in the cache.`, { hint: 'Run a pipeline that fits a model, with the cache on.' });
  throw new PipelineError(
    'E_USAGE',
    stage === undefined ? `Run ${run.id} has ${found.length} models: ${paths}.` : `Run ${run.id} has no model of a stage '${stage}'.`,
    {
      hint: stage === undefined ? `Say which: --stage ${found[0]!.path}.` : `Stages with models: ${paths}.`,
    },
  );
}

/** Where the model comes from. */
function aboutOf({ id, pipeline, started, version, ...run }: RunRecord, stage: string): JsonRecord {
  const score = mainScore(run);
  return { run: id, pipeline, stage, started, version, ...(score ? { scores: { [score.name]: score.value } } : {}) };
}
