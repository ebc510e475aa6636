// What every estimator promises, held against small tables: what folds, searches, the cache and model files rely on.
import { labelsOf, type Dataset, type Rows } from '../core/data/dataset.ts';
import { distinctLabels } from '../core/data/labels.ts';
import type { Features } from '../core/data/features.ts';
import type { Estimator, Job, Model, Predictor, Trained, TrainOptions, Transformer } from '../dsl/estimator.ts';
import { targetByKind } from '../dsl/kind.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import { modelFromBytes, modelToBytes } from '../models/modelFile.ts';
import { answersOf, asked, oneRow, rowsIn } from './answers.ts';
import { apart, checkContext, doing, failed, refusing, type CheckOptions } from './failing.ts';
import { altered, denseOf, foldsOf, shuffled, sparseOf, storedOf, tablesOf, withColumns, withFeature, type Table } from './tables.ts';

export interface EstimatorCheckOptions extends CheckOptions {
  /** Rows to check on in place of own small tables; of a few hundred rows, since there are many trainings. */
  readonly rows?: Rows<'train'> | undefined;
  /** Most that two answers that should be the same differ by, as a share of the largest; default 1e-3. */
  readonly tolerance?: number | undefined;
  /** The model depends on the order of rows, as one trained by small batches does. */
  readonly ordered?: boolean | undefined;
}

type AnyEstimator = Pick<Estimator<Model, never, never>, 'name' | 'kind' | 'takes' | 'jobParams' | 'configurable' | 'train'>;

/** What is checked, and how. */
interface Subject {
  readonly estimator: AnyEstimator;
  readonly context: StageContext;
  readonly tolerance: number;
  readonly ordered: boolean;
}

/**
 * Trains an estimator on small tables and holds what it and its models do against what folds, searches, the cache and model
 * files rely on: two trainings give the same bytes, alone or beside others; rows that are held out say nothing of the model, rows without their zeros
 * or in a file are the rows, a saved model answers as before, features that are no numbers are refused.
 *
 * @param options.rows rows to check on, of the target that the estimator learns
 * @throws PipelineError naming what does not hold, and a cure
 * @example
 * test('nearestCentroid', () => checkEstimator(nearestCentroid()));
 */
export async function checkEstimator<M extends Predictor>(estimator: Estimator<M, never, never>, options: EstimatorCheckOptions = {}): Promise<void> {
  if ((estimator.kind as string) === 'transformer')
    throw failed(estimator.name, 'it makes features and predicts nothing.', `Write checkTransformer(${estimator.name}()).`);
  await checkTraining(estimator as AnyEstimator, options);
}

/**
 * As {@link checkEstimator}, of an estimator whose models make features of rows.
 *
 * @example
 * test('pca', () => checkTransformer(pca({ nComponents: 2 })));
 */
export async function checkTransformer(estimator: Estimator<Transformer, never, 'none'>, options: EstimatorCheckOptions = {}): Promise<void> {
  if (estimator.kind !== 'transformer') throw failed(estimator.name, 'it is not a transformer.', `Write checkEstimator(${estimator.name}()).`);
  await checkTraining(estimator as AnyEstimator, options);
}

async function checkTraining(estimator: AnyEstimator, { rows, tolerance = 1e-3, ordered = false, ...options }: EstimatorCheckOptions): Promise<void> {
  const subject = { estimator, context: checkContext(options), tolerance, ordered };
  checkParams(estimator);
  const tables = rows ? [await denseOf(rows as never)] : tablesOf(targetByKind[estimator.kind ?? 'classifier']);
  for (const table of tables) {
    const model = await trainedOn(subject, table, 'training');
    await checkModel(subject, table, model);
    await checkOtherTables(subject, table, model);
    if (estimator.kind === 'transformer') await checkOtherRows(subject, table);
    else await checkFolds(subject, table);
    await checkRefusals(subject, table, model);
  }
}

/** A search, `--set` and help ask for them. */
function checkParams({ name, jobParams }: AnyEstimator): void {
  if (!jobParams) throw failed(name, 'it has no schema of its parameters.', 'Give it jobParams: z.strictObject({ ... }).');
  const parsed = jobParams.safeParse({});
  if (parsed.success) return;
  const key = String(parsed.error.issues[0]?.path[0]);
  throw failed(name, `parameter '${key}' has no default.`, `Write ${key}: z....default(value) in its schema.`);
}

/** What a model says, whether it is the same each time, and whether it comes back from a file. */
async function checkModel(subject: Subject, table: Table, model: Model): Promise<void> {
  const { estimator, context, tolerance } = subject;
  const { name, kind } = estimator;
  if ((model.kind ?? 'classifier') !== (kind ?? 'classifier'))
    throw failed(name, `a ${kind ?? 'classifier'} trained a ${model.kind ?? 'classifier'}.`, 'Give estimator and model the same kind.');
  const said = await answersOf(name, model, table, context);
  const bytes = await doing(name, 'saving the model', () => modelToBytes(model));
  const again = await modelToBytes(await trainedOn(subject, table, 'a second training'));
  if (!sameBytes(bytes, again)) {
    const hint = 'Draw from context.seed(), keep no state between trainings, and sum in a fixed order.';
    throw failed(name, 'two trainings on the same rows give different models.', hint);
  }
  const loaded = await doing(name, 'loading the saved model', async () => (await modelFromBytes<Model>(name, bytes)).model);
  if (apart(said, await answersOf(name, loaded, table, context)) !== 0)
    throw failed(name, 'a saved model gives another result once it is loaded.', 'Keep all that scores use in the model, as numbers, lists and typed arrays.');
  const each = said.length / table.rows.length;
  for (const at of [0, table.rows.length - 1]) {
    const own = said.subarray(at * each, (at + 1) * each);
    const rows = { ...table, rows: table.rows.slice(at, at + 1) };
    const alone = await answersOf(name, model, rows, context);
    if (!(apart(own, alone) <= tolerance)) throw failed(name, `the model gives another result for row ${at} alone than among other rows.`, ROW_HINT);
    if (kind === 'transformer') continue;
    const [one, many] = await oneRow(model as Predictor, rows, own, context);
    if (!(apart(one, many) <= tolerance)) throw failed(name, `predictRow gives ${one.join()} for row ${at}; its scores mean ${many.join()}.`, ROW_HINT);
  }
}

const ROW_HINT = 'Let the result for a row depend only on that row and the model.';

/** The same rows in other tables. */
async function checkOtherTables(subject: Subject, table: Table, model: Model): Promise<void> {
  const { estimator, context, tolerance, ordered } = subject;
  const { name } = estimator;
  const said = await answersOf(name, model, table, context);
  const same = async (what: string, rows: Rows<'train'>, hint: string): Promise<void> => {
    const another = await trainedOn(subject, rows, `training on ${what}`);
    const other = await doing(name, `asking a model trained on ${what}`, () => answersOf(name, another, { ...rows, rows: table.rows }, context));
    const difference = apart(said, other);
    if (!(difference <= tolerance)) throw failed(name, `trained on ${what} it gives another result: ${difference} apart, ${tolerance} allowed.`, hint);
  };
  if (!ordered) {
    const hint = 'Let rows count the same wherever they stand; rows holds ids into x and the target. Or pass { ordered: true }.';
    await same('the same rows in another order', shuffled(table), hint);
  }
  const reading = 'Read features by featureBlocks, takeBlocks or rowsOnDevice, which know them.';
  await same('the same rows without their zeros (csr)', sparseOf(table), reading);
  await same('the same rows in a file', storedOf(table), reading);
  const columns = Array.from({ length: table.x.cols }, (_, j) => j);
  for (const [what, from] of [
    ['one more column of ones', [...columns, undefined]],
    ['the columns in another order', columns.toReversed()],
  ] as const) {
    const other = withColumns(table, from);
    const another = await trainedOn(subject, other, `training with ${what}`);
    await doing(name, `asking with ${what}`, () => answersOf(name, another, other, context));
  }
}

/** A fold's model learns nothing of the rows that it is scored on. */
async function checkFolds(subject: Subject, table: Table): Promise<void> {
  const { name } = subject.estimator;
  const fold = foldsOf(table);
  const out = [...table.rows].filter((_, at) => fold[at] === 0);
  const jobs = [{ name: 'fit' }, { name: 'fold 1', heldOut: 0 }];
  const train = (rows: Table, some = jobs): Promise<readonly Trained<Model>[]> =>
    doing(name, 'training with folds', () => trainAll(subject, rows, some, { folds: { count: 3, fold }, need: 'decisions' }));
  const [whole, before] = await train(table);
  const [, after] = await train(altered(table, out));
  const evaluation = before!.heldOut;
  if (!evaluation || rowsIn(evaluation) !== out.length) {
    const arrived = evaluation ? `an evaluation of ${rowsIn(evaluation)}` : 'no evaluation of its';
    throw failed(
      name,
      `a model with ${out.length} rows held out has ${arrived} rows.`,
      'Return heldOut: await model.evaluate(the rows of that fold, need, context).',
    );
  }
  await sameModel(subject, table, before!.model, after!.model, `held-out rows change the model of their fold`);
  const alone = [await trainedOn(subject, table, 'a training without folds'), (await train(table, [jobs[1]!]))[0]!.model];
  for (const [i, { model }] of [whole!, before!].entries()) {
    if (sameBytes(await modelToBytes(model), await modelToBytes(alone[i]!))) continue;
    const hint = 'Results are kept under a key of one model: let nothing in its training go by the others. For sums by fold, say sumsByFold: true.';
    throw failed(name, `a model is another one where others are trained beside it (${jobs[i]!.name}).`, hint);
  }
}

/** Rows that are not among `rows` are somebody's test rows. */
async function checkOtherRows(subject: Subject, table: Table): Promise<void> {
  const rows = table.rows.filter((_, at) => at % 3 !== 0);
  const others = [...table.rows].filter((_, at) => at % 3 === 0);
  const before = await trainedOn(subject, { ...table, rows }, 'training on some rows');
  const after = await trainedOn(subject, { ...altered(table, others), rows }, 'training on some rows');
  await sameModel(subject, table, before, after, 'rows that are not trained on change the model');
}

async function sameModel({ estimator: { name }, context, tolerance }: Subject, table: Table, a: Model, b: Model, what: string): Promise<void> {
  const difference = apart(await answersOf(name, a, table, context), await answersOf(name, b, table, context));
  if (!(difference <= tolerance)) throw failed(name, `${what}: it gives another result, ${difference} apart.`, 'Learn only from the rows of the job.');
}

async function checkRefusals(subject: Subject, table: Table, model: Model): Promise<void> {
  const { estimator, context } = subject;
  const { name, kind } = estimator;
  for (const value of estimator.takes?.includes('gaps') ? [Infinity] : [NaN, Infinity]) {
    const rows = withFeature(table, value);
    const hint = 'Read features by featureBlocks, which refuses them, or throw notFinite.';
    await refusing(name, `${value} as a feature in training`, hint, () => trainAll(subject, rows, [{ name: 'fit' }]));
    await refusing(name, `${value} as a feature of a row that a model is asked of`, hint, () => asked(model, rows, context));
  }
  const { labels } = table as Partial<Dataset>;
  if (kind !== undefined && kind !== 'classifier') return;
  const [first] = distinctLabels(labelsOf(table as never));
  const one = { ...table, labels: labels!.map(() => first!) };
  await refusing(name, 'rows of one class alone', 'Throw a PipelineError of code E_CLASS.', () => trainAll(subject, one, [{ name: 'fit' }]));
}

async function trainedOn(subject: Subject, rows: Rows<'train'>, what: string): Promise<Model> {
  const { name } = subject.estimator;
  const [trained, ...more] = await doing(name, what, () => trainAll(subject, rows, [{ name: 'fit' }]));
  if (!trained?.model || more.length > 0) throw failed(name, 'one job did not train one model.', 'Return one { model } for each job, in their order.');
  return trained.model;
}

async function trainAll(
  { estimator, context }: Subject,
  rows: Rows<'train'>,
  jobs: readonly Job<never>[],
  options: TrainOptions = {},
): Promise<readonly Trained<Model>[]> {
  return estimator.train(rows as Dataset<'train', Features, 'none'> as never, jobs as never, options, context);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
