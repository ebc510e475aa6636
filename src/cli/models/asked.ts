// The model that a command is asked to use: a file, or what a recorded run left in the cache.
import '../../standalone.ts'; // what it computes on
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Categories } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import type { Classifier, Predictor, RowsOf, Transformer } from '../../dsl/estimator.ts';
import type { FittedClassifier } from '../../estimators/define/models.ts';

/** Methods that models of a kind have. */
export type AskedModel = (Predictor | Transformer) & Partial<Pick<FittedClassifier, 'classes' | 'classNames' | 'predictProba'>>;

export interface Asked {
  /** For messages: the file's name, or the run's. */
  readonly name: string;
  readonly model: AskedModel;
  /** What the file says beside the model. */
  readonly about: JsonRecord;
}

/** What a row of the model is. */
export interface RowShape {
  /** Absent where it was fitted on rows without names. */
  readonly columns: readonly string[] | undefined;
  /** How many there are; undefined where nothing says it. */
  readonly cols: number | undefined;
  readonly categories: Categories | undefined;
  readonly gaps: boolean;
  /** Columns of moments, in seconds since 1970. */
  readonly dates: ReadonlySet<string>;
  /** Texts that stood for no value in the rows of the fit; absent where nobody knows. */
  readonly missing?: ReadonlySet<string> | undefined;
}

export interface AskedOptions {
  readonly adapter?: string | undefined;
  /** Of a run: the stage that provided the model, where several did. */
  readonly stage?: string | undefined;
}

/** @param wanted a file, or a run as other commands name it @throws E_USAGE, E_DATA, E_DIGEST */
export async function askedModel(wanted: string, { adapter, stage }: AskedOptions): Promise<Asked> {
  const stats = statSync(wanted, { throwIfNoEntry: false });
  const isFolder = stats?.isDirectory() ?? false;
  const isThere = stats !== undefined && !isFolder;
  if (isThere && stage !== undefined)
    throw new PipelineError('E_USAGE', `${wanted} is a file, which has one model; --stage names a stage of a run.`, { hint: 'Leave --stage out.' });
  if (/\.json$/i.test(wanted) && isThere) {
    const { modelOfJson } = await import('./jsonModel.ts');
    const { model, about } = modelOfJson(basename(wanted), await readFile(wanted, 'utf8'));
    return { name: basename(wanted), model: model as AskedModel, about };
  }
  if (isThere || (/\.safetensors$/i.test(wanted) && !isFolder)) {
    const { loadModelFile } = await import('../../node.ts').then(() => import('../../runtime/node/modelFiles.ts'));
    return { name: basename(wanted), ...(await loadModelFile<AskedModel>(wanted, { adapter })) };
  }
  if (/[\\/.]/.test(wanted))
    throw new PipelineError('E_USAGE', `${wanted} is ${isFolder ? 'a folder' : 'not there'}.`, {
      hint: 'Name a .safetensors file that save wrote, a .onnx file, a model.json, or a run.',
    });
  const { recordOf } = await import('../commands/runs/runs.ts');
  const run = await recordOf(wanted);
  return { name: run.id, model: await modelOfRun(run, { adapter, stage }), about: aboutRows(run) };
}

/** What a run says of the cells that its rows were made of, as files that `save` wrote say it. */
export function aboutRows({ stages }: RunRecord): JsonRecord {
  const { missing } = stages.find(({ params }) => Array.isArray(params['missing']))?.params ?? {};
  return missing === undefined ? {} : { fittedOn: { missing } };
}

async function modelOfRun(run: RunRecord, { adapter, stage }: AskedOptions): Promise<AskedModel> {
  const { modelOf } = await import('./runModels.ts');
  const { nodeCacheStore } = await import('../../runtime/node/cache/cacheStore.ts');
  const { adapterFor } = await import('../../runtime/node/modelFiles.ts');
  const { computedOn } = await import('../../runtime/host/computedOn.ts');
  const { model, bytes } = await (await modelOf(run, nodeCacheStore(), stage)).read();
  return computedOn(model, adapterFor(bytes, adapter));
}

export function shapeOf({ model, about }: Asked): RowShape {
  const inner = model as {
    readonly cols?: number;
    readonly models?: readonly Predictor[];
    readonly fields?: { readonly cols?: number };
    readonly coef?: readonly Float64Array[];
  };
  const columns = model.columns ?? inner.models?.[0]?.columns;
  const { fittedOn = {} } = about as {
    readonly fittedOn?: { readonly cols?: number; readonly dates?: readonly string[]; readonly missing?: readonly string[] };
  };
  return {
    columns,
    cols: columns?.length ?? fittedOn.cols ?? inner.cols ?? inner.fields?.cols ?? inner.coef?.[0]?.length,
    categories: model.categories,
    gaps: model.takes?.includes('gaps') ?? false,
    dates: new Set(fittedOn.dates),
    ...(fittedOn.missing ? { missing: new Set(fittedOn.missing) } : {}),
  };
}

/** One column of answers. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: 'number' | 'boolean' | 'string';
  /** `[rows]` */
  readonly values: ArrayLike<number | boolean | string>;
}

type Says = (rows: RowsOf) => Promise<ArrayLike<number>>;

/**
 * What is answered of rows, column by column: `prediction`, or what a transformer makes.
 *
 * @param proba probabilities of the classes, too
 * @throws E_USAGE for probabilities of a model without
 */
export function answering({ name, model }: Asked, proba: boolean): (rows: RowsOf) => Promise<readonly AnswerColumn[]> {
  const { classes, predictProba } = model;
  if (proba && !(classes && predictProba)) {
    throw new PipelineError('E_USAGE', `The model of ${name} has no probabilities.`, {
      hint: 'Leave --proba out, or fit one that has, such as calibratedClassifier.',
    });
  }
  if (model.kind === 'transformer') {
    const { outputs, outputColumns, transform } = model as Transformer;
    return async (rows) => columnsOf((await transform(rows)).data, outputs, (output) => outputColumns?.[output] ?? `output_${output}`);
  }
  const predict = (model as unknown as { readonly predict: Says }).predict;
  if (classes) {
    const names = namesOf(model);
    const type = typeof names[0] as AnswerColumn['type'];
    return async (rows) => {
      const labels = await predict(rows);
      const values = Array.from({ length: labels.length }, (_, row) => names[classes.indexOf(labels[row]!)]!);
      const shares = proba ? await predictProba!(rows) : undefined;
      return [{ name: 'prediction', type, values }, ...(shares ? columnsOf(shares, classes.length, (c) => `probability_${String(names[c])}`) : [])];
    };
  }
  const { outputs = 1, labels } = model as Predictor & { readonly outputs?: number; readonly labels?: number };
  const width = labels ?? outputs;
  return async (rows) =>
    columnsOf(await predict(rows), width, (at) => (labels !== undefined ? `label_${at}` : width === 1 ? 'prediction' : `prediction_${at}`));
}

/** @param data `[rows][width]` */
function columnsOf(data: ArrayLike<number>, width: number, nameOf: (at: number) => string): readonly AnswerColumn[] {
  const rows = data.length / width;
  return Array.from({ length: width }, (_, at) => ({
    name: nameOf(at),
    type: 'number',
    values: Float64Array.from({ length: rows }, (_, row) => data[row * width + at]!),
  }));
}

/** What the classes are called, as predictions of a row name them; of "this class or not" false and true. */
export function namesOf(model: AskedModel): readonly (string | number | boolean)[] {
  const { classes = [], classNames = classes } = model;
  return isBinarized(model) ? [false, true] : classNames;
}

function isBinarized(model: AskedModel): boolean {
  const {
    binarized,
    fields,
    model: last,
  } = model as Partial<Classifier> & { readonly binarized?: boolean; readonly fields?: { readonly binarized?: boolean } };
  return binarized ?? fields?.binarized ?? (last !== undefined && isBinarized(last));
}
