// Makes an estimator from how it trains and what its models say about rows. Folds, held-out rows, saving, the cache, predictions and
// metrics follow: no estimator writes them again.
import { categoriesOf, checkNoNames, checkSameKinds } from '../../core/data/categories.ts';
import { checkTarget } from '../../core/data/checkDataset.ts';
import { called, listed, nameOf } from '../../core/data/classNames.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import { labelsOf, type ClassName, type Dataset, type Role, type Rows, type Scaling } from '../../core/data/dataset.ts';
import { against, distinctLabels, positionsIn, type Labels } from '../../core/data/labels.ts';
import type { Features } from '../../core/data/features.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { AnyEvaluation, Device, Estimator, Folds, Kind, Model, Need, Predictor, RowsOf, Takes, Trained } from '../../dsl/estimator.ts';
import type { Categories } from '../../core/data/matrix.ts';
import { targetByKind } from '../../dsl/kind.ts';
import { checkTakes } from '../../dsl/takes.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { contextOf, type StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { parseParams, recordedParams, type ShapeOf, type z } from '../../dsl/params.ts';
import { callerFiles } from '../../dsl/place.ts';
import { knownFloat64, type KnownFloat64 } from '../rows/float64Columns.ts';
import { byFold } from './byFold.ts';
import { checkDefinition } from './checkDefinition.ts';
import { classifierOf, clustererOf, multilabelOf, outlierDetectorOf, regressorOf, transformerOf, coefficientsOf, type Models, type Says } from './models.ts';
import { rowsToGoOn } from './partialFit.ts';
import { remadeFact } from './remade.ts';
import { saidOf } from './said.ts';

/** The target of models of a kind. */
type TargetOfKind<K extends Kind> = (typeof targetByKind)[K];

/** Rows to train on. A classifier's have their classes beside them. */
export type TrainingRows<K extends Kind> = Dataset<'train', Features, TargetOfKind<K>> &
  (K extends 'classifier'
    ? {
        /** Labels that are there, ascending. */
        readonly classes: readonly number[];
        /** Position in `classes` of each row's label, in row order, `[rows]`. */
        readonly codes: Labels;
      }
    : unknown);

/** Parameters as training gets them: a `seed` that was left out is the run's. */
export type Drawn<P> = 'seed' extends keyof P ? Omit<P, 'seed'> & { readonly seed: number } : P;

/** What is trained: `heldOut` rows of `folds` are left out. */
export interface PlannedModel<P> {
  readonly name: string;
  readonly params: P;
  readonly heldOut?: number | undefined;
  /** How its features are scaled: as the rows are, or, if the estimator `scales`, in its own way. */
  readonly scaling?: Scaling | undefined;
}

/** Fields of a model, as they are cached and saved: numbers, strings, lists, plain objects and typed arrays. */
export type Fields = object;

/** What is known of every model, whatever its estimator. */
export interface Known extends KnownFloat64 {
  /** Columns that it was fitted on. */
  readonly cols: number;
  /** What they are called, where they had names. */
  readonly columns?: readonly string[] | undefined;
  /** What the codes of columns of names mean there. */
  readonly categories?: Categories | undefined;
  /** Scaling of the features that it was fitted on. */
  readonly scaling?: Scaling | undefined;
  /** What it drew from, of an estimator with a `seed`. */
  readonly seed?: number | undefined;
  /** Labels, ascending, of a classifier; none else. */
  readonly classes: readonly number[];
  /** What they are called, in the same order, where they have names. */
  readonly classNames?: readonly ClassName[] | undefined;
}

interface Definition<K extends Kind, S extends z.ZodObject, F extends Fields, N extends string = string> {
  /** As users write it: `nearestCentroid`. */
  readonly name: N;
  readonly kind: K;
  /** Its parameters: types, checks, `--set`, grids and help come from this schema. An optional one called `seed` is the run's seed where it is left out. */
  readonly params: S;
  /** What it accepts as features besides finite numbers; absent for nothing else. */
  readonly takes?: readonly Takes[];
  /** Of a transformer: it learns from the target too. */
  readonly supervised?: true;
  /** Of a transformer: names are texts to it, and a model keeps none of them. */
  readonly texts?: true;
  /** Trains one model, on all the rows given. */
  readonly train?: (rows: TrainingRows<K>, params: Drawn<z.output<S>>, context: StageContext) => Promise<F> | F;
  /** Trains several at once, in as few passes over the rows as it can, and returns them in the order of `models`. Replaces `train`. */
  readonly trainTogether?: (
    rows: TrainingRows<K>,
    models: readonly PlannedModel<Drawn<z.output<S>>>[],
    folds: Folds | undefined,
    context: StageContext,
  ) => Promise<readonly F[]>;
  /** For an estimator whose models go on with new rows, by `progress` among their fields: what changes once they learned these, in one pass. */
  readonly partialFit?: (model: F & Known, rows: TrainingRows<K>, params: Drawn<z.output<S>>, context: StageContext) => Promise<F> | F;
  /**
   * `trainTogether` adds up what it finds in each fold, so that other folds would change the last digits of a model of all rows. Such
   * models are trained by themselves, without folds: each is the same to the bit, whatever is trained beside it.
   */
  readonly sumsByFold?: true;
  /** `trainTogether` uses the scaling of each model, so folds that are each scaled by their own rows can be trained at once. */
  readonly scales?: true;
  /** It trains on rows that are spread over shards, where the context has them. */
  readonly shards?: true;
  /**
   * What a model says about rows, as a flat array. Classifier: `[rows][classes]`, the largest wins, or `[rows]` for two classes,
   * positive for the second. Regressor: `[rows][outputs]`. Multilabel: `[rows][labels]`, above 0 for a label. Clusterer: distances,
   * `[rows][clusters]`. Detector of outliers: `[rows]`, above 0 for a row like the others. Transformer: new features, `[rows][outputs]`.
   */
  readonly scores: (model: F & Known, rows: RowsOf, context: Device) => Promise<Float64Array> | Float64Array;
  /**
   * For a classifier that does not always predict the class with the largest score: position of the predicted class among the classes,
   * `[rows]`.
   */
  readonly predictions?: (model: F & Known, rows: RowsOf, context: Device) => Promise<Labels> | Labels;
  /** For a classifier that has probabilities: `[rows][classes]`, from rows and their `scores`. */
  readonly probabilities?: (scores: Float64Array, model: F & Known, rows: RowsOf, context: Device) => Promise<Float64Array> | Float64Array;
  /** For a classifier of whose models only some have probabilities, as their parameters say. */
  readonly hasProbabilities?: (model: F & Known) => boolean;
  /** For a classifier whose scores are no distances to a boundary: what calibrates or pairs it goes by its probabilities. */
  readonly response?: 'probabilities';
  /** Of a transformer most of whose features are 0: what `scores` says, without the zeros, `[rows, outputs]`. */
  readonly sparse?: (model: F & Known, rows: RowsOf, context: Device) => Promise<CsrMatrix<'f64'>>;
  /** For an estimator that adds up its scores in rounds, and has no `predictions`: what `scores` would say after each, in turn. */
  readonly staged?: (model: F & Known, rows: RowsOf, context: Device) => AsyncIterable<Float64Array>;
  /** How many numbers `scores` says of a row; a classifier's are its classes. */
  readonly outputs?: (model: F) => number;
  /** Of a detector of outliers: what was taken from how much a row is like the others, for `scores`. Default 0. */
  readonly offset?: (model: F) => number;
  /** For a transformer: names of the features that it makes, `[outputs]`; by default its name and a number, such as `pca0`. */
  readonly outputColumns?: (model: F & Known) => readonly string[];
  /** Of a transformer whose features may be codes of names: the names, from those of the rows that it is asked of. */
  readonly outputCategories?: (model: F & Known, there: Categories | undefined) => Categories | undefined;
  /** Of a transformer: facts of what it makes of such rows, where more is known than that. @throws what it would refuse, as far as facts tell */
  readonly remake?: (rows: DatasetFact, params: z.output<S>) => DatasetFact;
  /** What a run records about a model besides its size. */
  readonly summary?: (model: F & Known) => JsonRecord;
}

/** A model of an estimator that `defineEstimator` made: what its kind offers, its fields, and its weights if it has some. */
export type Defined<K extends Kind, F> = Models[K] & Encodable & { readonly fields: F & Known } & Weights<F>;

/** For a linear model, from its fields: one weight per column; one list of them for two classes, otherwise one per class or output. */
type Weights<F> = F extends { readonly coef: readonly Float64Array[] } ? Pick<F, Extract<keyof F, 'coef' | 'intercept'>> : unknown;

/** Makes an estimator of its options. */
type Factory<K extends Kind, S extends z.ZodObject, F extends Fields, N extends string, O = z.input<S>> = (
  options?: O,
) => Estimator<Defined<K, F>, z.output<S>, TargetOfKind<K>> & { readonly name: N };

/**
 * Defines an estimator and returns the function that makes it from options. The options are those of the schema `params`;
 * `defineEstimator<Options>()({ ... })` takes an interface for them, so that editors show its comments.
 *
 * @example
 * export const mean = defineEstimator({
 *   name: 'mean',
 *   kind: 'regressor',
 *   params: z.strictObject({}),
 *   train: ({ rows, values }) => ({ mean: rows.reduce((sum, id) => sum + values.data[id]!, 0) / rows.length }),
 *   outputs: () => 1,
 *   scores: ({ mean }, { rows }) => new Float64Array(rows.length).fill(mean),
 * });
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(mean()), score({ on: 'test' }));
 */
export function defineEstimator<O extends object>(): <K extends Kind, S extends z.ZodObject<ShapeOf<O>>, F extends Fields, N extends string = string>(
  definition: Definition<K, S, F, N>,
) => Factory<K, S, F, N, O>;
export function defineEstimator<K extends Kind, S extends z.ZodObject, F extends Fields, N extends string = string>(
  definition: Definition<K, S, F, N>,
): Factory<K, S, F, N>;
export function defineEstimator(definition?: Definition<Kind, z.ZodObject, Fields, string>): unknown {
  return definition ? factoryOf(definition) : factoryOf;
}

function factoryOf<K extends Kind, S extends z.ZodObject, F extends Fields, N extends string>(definition: Definition<K, S, F, N>): Factory<K, S, F, N> {
  checkDefinition(definition);
  const { name, kind, takes, supervised, params: schema, partialFit } = definition;
  const code = callerFiles();
  registerType(`${name}Model`, (fields: F & Known & { readonly binarized?: boolean }) => modelOf(definition, fields));
  function make(options: z.input<S> = {} as z.input<S>): Estimator<Defined<K, F>, z.output<S>, TargetOfKind<K>> & { readonly name: N } {
    const params = parseParams(name, schema, options);
    const draws = 'seed' in schema.shape;
    const drawn = (given: z.output<S>, context: StageContext): Drawn<z.output<S>> =>
      (draws ? { ...given, seed: given['seed'] ?? context.seed() } : given) as Drawn<z.output<S>>;
    return {
      name,
      ...(kind === 'classifier' ? {} : { kind }),
      params: recordedParams(params),
      ...(takes ? { takes } : {}),
      ...(supervised ? { supervised } : {}),
      ...(kind === 'transformer' ? { remake: (rows: DatasetFact) => remadeFact(definition, rows, params) } : {}),
      code,
      configurable: { schema, rebuild: (overrides) => make({ ...options, ...overrides } as z.input<S>) },
      jobParams: schema,
      ...(definition.train || definition.scales ? { scales: true } : {}),
      ...(definition.shards ? { shards: true } : {}),
      ...(draws && params['seed'] === undefined ? { seeded: true } : {}),
      plan: (train, jobs) => {
        checkTakes({ name, takes }, train);
        for (const { params: own } of jobs) parseParams(name, schema, { ...options, ...own });
        return {
          type: 'model',
          estimator: name,
          cols: train.cols,
          columns: train.columns,
          models: jobs.length,
          ...(kind === 'classifier' ? { classes: train.classes } : { kind }),
        };
      },
      async train(data, jobs, { folds, need = 'counts' }, context) {
        checkTarget(name, data, targetByKind[kind]);
        if (!takes?.includes('categories')) checkNoNames(name, data);
        const trained: Trained<Defined<K, F>>[] = [];
        // One list of rows a fold, however many models hold it out: rows on the device are known by their list.
        const heldRows = byFold((heldOut) => data.rows.filter((_, row) => folds!.fold[row] === heldOut));
        // One label against all others is another target, so such jobs are trained apart.
        await eachInTurn([...new Set(jobs.map((job) => job.positive))], 'classes', context, async (positive, context) => {
          const all = data as never as Dataset<'train'>;
          const rows = positive === undefined ? all : { ...all, labels: against(all.labels, positive), classNames: undefined };
          const members = [...jobs.keys()].filter((i) => jobs[i]!.positive === positive);
          const planned = members.map((i): PlannedModel<Drawn<z.output<S>>> => {
            const { name: job, heldOut, params: own, scaling = data.scaling } = jobs[i]!;
            return { name: job, heldOut, scaling, params: drawn(own ? parseParams(name, schema, { ...options, ...own }) : params, context) };
          });
          await trainAll(definition, rows, planned, folds, context, async (model, at, context) => {
            const { heldOut } = planned[at]!;
            const i = members[at]!;
            if (heldOut === undefined) trained[i] = { model };
            else {
              const held = { ...rows, rows: heldRows(heldOut) };
              trained[i] = { model, heldOut: (await (model as Model as Predictor).evaluate(held, need, context)) as AnyEvaluation as never };
            }
          });
        });
        return trained;
      },
      ...(partialFit && {
        async partialFit(model: object, data: Dataset<'train', Features, TargetOfKind<K>>, context: StageContext) {
          const { fields, rows } = rowsToGoOn(definition, model, data);
          return modelOf(definition, { ...fields, ...(await partialFit(fields as never, rows, drawn(params, context), context)) } as F & Known);
        },
      }),
    };
  }
  // Whoever forgets to call it is told of it by the name that they know.
  return Object.defineProperty(make, 'name', { value: name });
}

/** @param use is given each model, as soon as it is there */
async function trainAll<K extends Kind, S extends z.ZodObject, F extends Fields>(
  definition: Definition<K, S, F>,
  data: Dataset<'train'>,
  planned: readonly PlannedModel<Drawn<z.output<S>>>[],
  folds: Folds | undefined,
  context: StageContext,
  use: (model: Defined<K, F>, i: number, context: StageContext) => Promise<void>,
): Promise<void> {
  const { name, kind, train, trainTogether, sumsByFold, texts } = definition;
  const classesIn = (rows: Dataset): readonly number[] => (kind === 'classifier' ? classesOf(rows) : []);
  const precision = await knownFloat64(data); // of held-out rows too: nothing that is predicted goes by it
  const finished = (fields: F, rows: Dataset<'train'>, { scaling, params }: PlannedModel<object>): Defined<K, F> => {
    const { seed } = params as { readonly seed?: number };
    const named = categoriesOf(data.x);
    const classes = classesIn(rows);
    const binarized = kind === 'classifier' && data.positive !== undefined;
    const names = kind === 'classifier' && data.classNames ? { classNames: classes.map((label) => nameOf(label, data.classNames)) } : {};
    return modelOf(definition, {
      ...fields,
      cols: data.x.cols,
      ...precision,
      ...(data.columns ? { columns: data.columns } : {}),
      ...(named ? { categories: texts ? named.map((names) => names && []) : named } : {}),
      classes,
      ...names,
      ...(scaling ? { scaling } : {}),
      ...(seed === undefined ? {} : { seed }),
      ...(binarized ? { binarized } : {}),
    });
  };
  const leftRows = byFold((heldOut) => data.rows.filter((_, row) => folds!.fold[row] !== heldOut));
  const left = (heldOut: number | undefined): Dataset<'train'> => (heldOut === undefined ? data : { ...data, rows: leftRows(heldOut) });
  const prepared = (rows: Dataset<'train'>, job: string): TrainingRows<K> => {
    if (kind !== 'classifier') return rows as never as TrainingRows<K>;
    const classes = classesOf(rows);
    if (classes.length < 2) {
      throw new PipelineError(
        'E_CLASS',
        `${name} needs at least two classes; ${job} of ${rows.name} trains only on rows of ${called(classes, rows.classNames)}.`,
        { hint: 'Train on rows of at least two classes, in each fold.' },
      );
    }
    return { ...rows, classes, codes: positionsIn(classes, labelsOf(rows)) } as never as TrainingRows<K>;
  };
  const whole = planned.map(({ heldOut }) => left(heldOut));
  const all = classesIn(data);
  const together = trainTogether && whole.every((rows) => classesIn(rows).length === all.length);
  if (together) {
    const ofFolds = planned.map(({ heldOut }) => heldOut !== undefined || !sumsByFold);
    for (const some of [false, true]) {
      const members = [...planned.keys()].filter((i) => ofFolds[i] === some);
      if (members.length === 0) continue;
      const own = members.map((i) => planned[i]!);
      const fields = await trainTogether(prepared(data, own[0]!.name), own, some ? folds : undefined, context);
      await eachInTurn(fields, 'models', context, (one, context, at) => use(finished(one, whole[members[at]!]!, own[at]!), members[at]!, context));
    }
    return;
  }
  await eachInTurn(planned, 'models', context, async (one, context, i) => {
    const rows = prepared({ ...whole[i]!, scaling: one.scaling }, one.name);
    const own = train ? await train(rows, one.params, context) : (await trainTogether!(rows, [{ ...one, heldOut: undefined }], undefined, context))[0]!;
    await use(finished(own, whole[i]!, one), i, context);
  });
}

function modelOf<K extends Kind, S extends z.ZodObject, F extends Fields>(
  definition: Definition<K, S, F>,
  fields: F & Known & { readonly binarized?: boolean },
): Defined<K, F> {
  const { name, kind, takes, scores, predictions, probabilities, response, sparse, staged, outputs, outputColumns, outputCategories, summary } = definition;
  const { cols, columns, categories: named, classes, classNames, binarized, scaling, seed } = fields;
  // Rows are meant as those were that the model was fitted on.
  const meant = ({ name: from, x, rows, columns: there }: RowsOf): RowsOf => {
    checkColumns(from, { cols: x.cols, columns: there }, { cols, columns });
    if (takes?.includes('categories')) checkSameKinds({ name: from, x, columns: there }, named);
    else checkNoNames(name, { name: from, x, columns: there });
    const called = there ?? columns;
    return { name: from, x, rows, scaling, ...(called ? { columns: called } : {}) };
  };
  const said = async (given: RowsOf, context: Device = contextOf(undefined)): Promise<Float64Array> => {
    const rows = meant(given);
    return shaped(await scores(fields, rows, context), rows);
  };
  const shaped = (values: Float64Array, { rows }: RowsOf): Float64Array => saidOf(name, values, rows.length, size, kind);
  const base = {
    summary: { ...(kind === 'classifier' ? { classes: listed(fields) } : {}), ...summary?.(fields), ...(seed === undefined ? {} : { seed }) },
  };
  const size = kind === 'classifier' ? classes.length : kind === 'outlierDetector' ? 1 : outputs!(fields);
  const made = (said: Says): Readonly<Record<Kind, () => Model>> => ({
    classifier: () =>
      classifierOf({
        ...base,
        classes,
        classNames,
        binarized,
        response,
        decisionFunction: said,
        ...(predictions ? { predictions: async (rows, context: Device = contextOf(undefined)) => predictions(fields, meant(rows), context) } : {}),
        ...(probabilities && (definition.hasProbabilities?.(fields) ?? true)
          ? { probabilities: (decisions, rows, context: Device = contextOf(undefined)) => probabilities(decisions, fields, meant(rows), context) }
          : {}),
      }),
    regressor: () => regressorOf({ ...base, outputs: size, predict: said }),
    multilabel: () => multilabelOf({ ...base, labels: size, decisionFunction: said }),
    clusterer: () => clustererOf({ ...base, clusters: size, scaling, transform: said }),
    outlierDetector: () => outlierDetectorOf({ ...base, offset: definition.offset?.(fields) ?? 0, decisionFunction: said }),
    transformer: () => {
      const made = outputColumns?.(fields) ?? Array.from({ length: size }, (_, output) => `${name}${output}`);
      const categories = outputCategories && ((there: Categories | undefined) => outputCategories(fields, there));
      const short = sparse && ((rows: RowsOf, context: Device = contextOf(undefined)) => sparse(fields, meant(rows), context));
      return transformerOf({ ...base, outputs: size, outputColumns: made, categories, transform: said, sparse: short });
    },
  });
  const stagedEvaluate =
    staged &&
    async function* (data: Rows, need: Need, context: Device = contextOf(undefined)): AsyncGenerator<AnyEvaluation> {
      const rows = meant(data);
      for await (const values of staged(fields, rows, context))
        yield (made(async () => shaped(values, rows))[kind]() as Predictor).evaluate(data, need, context);
    };
  const known = { ...(takes ? { takes } : {}), ...(columns ? { columns } : {}), ...(named ? { categories: named } : {}), ...coefficientsOf(fields) };
  return {
    ...made(said)[kind](),
    ...(stagedEvaluate ? { stagedEvaluate } : {}),
    ...known,
    fields,
    [encodeAs]: { type: `${name}Model`, fields },
  } as Model as Defined<K, F>;
}

const classesOf = (data: Dataset<Role>): readonly number[] => distinctLabels(labelsOf(data));
