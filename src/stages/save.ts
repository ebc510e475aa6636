// Writes the model to a file that other programs can read too, and loads it again.
import { PipelineError } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { meaningsOf } from '../core/data/categories.ts';
import { hasClasses, type Rows } from '../core/data/dataset.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { Classifier, Predictor } from '../dsl/estimator.ts';
import { checkDeclared, fileUrl, type NamedFile } from '../dsl/stage/inputs.ts';
import { callerPlace } from '../dsl/place.ts';
import { defineStage, type Stage } from '../dsl/stage/stage.ts';
import type { Fitted } from '../dsl/stage/state.ts';
import { modelFromBytes, modelToBytes } from '../models/modelFile.ts';
import { isOnnx, type OnnxModelOptions } from '../models/onnx/asModel.ts';
import type { Scored } from './score.ts';

/**
 * Writes `model` to a safetensors file. Adds nothing. The file also says what the model was fitted on and, if `score` came before, how
 * it did. It is cached with the stage's result, so a later run restores it if it is gone.
 *
 * @param file a path relative to the source file that names it, or a `file:` URL
 * @example
 * pipeline('detector', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), save('two.safetensors'));
 */
export function save(file: NamedFile): Stage<Fitted<Predictor>, {}> {
  const at = callerPlace();
  checkDeclared('save', undefined, [file], at);
  return defineStage<Fitted<Predictor>, {}>({
    id: 'save',
    needs: ['model'],
    looksAt: ['train', 'score'],
    provides: [],
    params: { file: String(file) },
    code: [],
    outputs: [file],
    run: async ({ model, train, score }: Fitted<Predictor> & { readonly train?: Rows; readonly score?: Scored | Scored<'validation'> }, context) => {
      const bytes = await modelToBytes(model, {
        ...(train ? { fittedOn: describe(train) } : {}),
        ...(score ? { scoredOn: score.on, scores: scoresOf(score) } : {}),
      });
      await diskOf(context).write(fileUrl(file, at), bytes);
      return { adds: {}, output: { file: String(file), bytes: bytes.length } };
    },
  });
}

/**
 * Loads a model that {@link save} wrote, or that an ONNX file (`.onnx`) holds. Adds `model`.
 *
 * @param file a path relative to the source file that names it, or a `file:` URL
 * @param options of an ONNX file: what its model is, and what its classes are called
 * @throws E_PARAMS for options of another file; E_DATA for a file that is not a model, is cut off or has another version; E_DIGEST for one that was changed
 * @example
 * pipeline('again', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), load('two.safetensors'), score({ on: 'test' }));
 * pipeline('theirs', fetch(iris()), split({ test: 0.3, seed: 1 }), load('iris.onnx', { classNames: ['setosa', 'versicolor', 'virginica'] }), score({ on: 'test' }));
 */
export function load<M extends Predictor = Classifier>(file: NamedFile, options: OnnxModelOptions = {}): Stage<object, { readonly model: M }> {
  const at = callerPlace();
  checkDeclared('load', { files: [file] }, undefined, at);
  const [given] = Object.keys(options);
  if (given !== undefined && !isOnnx(String(file)))
    throw new PipelineError('E_PARAMS', `load: '${given}' is given for ${String(file)}; only ONNX files leave it open.`, {
      hint: 'Leave it out: files that save wrote say it themselves.',
      at,
    });
  return defineStage<object, { readonly model: M }>({
    id: 'load',
    needs: [],
    provides: ['model'],
    params: { file: String(file), ...(options as JsonRecord) },
    code: [],
    inputs: { files: [file] },
    run: async (_, context) => {
      const bytes = await diskOf(context).read(fileUrl(file, at));
      if (!bytes) throw new PipelineError('E_DATA', `${String(file)} is not there.`, { hint: 'Name a file that save wrote.' });
      const { model, about } = await modelFromBytes<M>(String(file), bytes, options);
      return { adds: { model }, output: { file: String(file), bytes: bytes.length, ...about } };
    },
  });
}

function diskOf({ disk, stage }: StageContext): NonNullable<StageContext['disk']> {
  if (disk) return disk;
  throw new PipelineError('E_USAGE', `Stage '${stage}' needs files, and a page has none.`, { hint: 'Use modelToBytes and modelFromBytes there.' });
}

function describe(data: Rows): JsonRecord {
  const { name, rows, x, picture, columns, missing } = data;
  const { classNames, positive } = hasClasses(data) ? data : {};
  const { dates } = meaningsOf(x);
  const known = {
    ...(dates ? { dates: dates.map((j) => columns?.[j] ?? String(j)) } : {}),
    ...(classNames ? { classNames } : {}),
    ...(positive === undefined ? {} : { positive }),
    ...(missing ? { missing } : {}),
    ...(picture ? { picture: { ...picture } as JsonRecord } : {}),
  };
  return { dataset: name, rows: rows.length, cols: x.cols, dtype: x.dtype, ...known };
}

function scoresOf(scored: Scored | Scored<'validation'>): JsonRecord {
  const right = scored.on === 'test' ? scored.testAccuracy : scored.validationAccuracy;
  return { ...(Number.isNaN(right) ? {} : { accuracy: right }), ...scored.scores };
}
