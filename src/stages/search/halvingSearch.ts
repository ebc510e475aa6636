// Searches that give many points few resources, and the best of them more, in turns: successive halving.
import { hasClasses, labelsOf, type Rows, type TargetKind } from '../../core/data/dataset.ts';
import { distinctLabels } from '../../core/data/labels.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import { pointNames } from '../../core/pointNames.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, z } from '../../dsl/params.ts';
import { checkScoring, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { foldParams, foldsAtOnce, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { scoringParam, type ScoringOptions } from '../../validation/heldOut.ts';
import { checkDistributions, distributionsParam, drawPoints, warnOfFewPoints, type Distributions } from './distributions.ts';
import { checkGrid, checkPoints, comparedBy, gridParam, pointsOf, refused, type Grid } from './grid.ts';
import { drawingSeed } from './randomSearch.ts';
import { best, checkSides, endsOf, halvingParams, schedule, subsampled, type HalvingOptions, type Resource } from './resources.ts';
import { searchOf, type Search, type SearchParts } from './search.ts';

export interface HalvingGridSearchOptions<S extends Scoring = Scoring> extends FoldingOptions, ScoringOptions<S>, HalvingOptions {
  /** What rows of an iteration are drawn from. Default 0. */
  readonly seed?: number | undefined;
}

export interface HalvingRandomSearchOptions<S extends Scoring = Scoring> extends HalvingGridSearchOptions<S> {
  /** What points, and rows of an iteration, are drawn from. Default 0. */
  readonly seed?: number | undefined;
  /** How many points are drawn; `'exhaust'`, as many as let the last iteration have the most resources. Default `'exhaust'`. */
  readonly nCandidates?: number | 'exhaust' | undefined;
}

const common = { ...foldParams, scoring: scoringParam, ...halvingParams, seed: drawingSeed.describe('what rows are drawn from') };
const gridParams = z.strictObject({ ...common, minResources: halvingParams.minResources.default('exhaust').describe('resources of a point at first') });
const randomParams = z.strictObject({
  ...common,
  seed: drawingSeed.describe('what points and rows are drawn from'),
  minResources: halvingParams.minResources.default('smallest').describe('resources of a point at first'),
  nCandidates: z
    .union([z.int().min(1), z.literal('exhaust')])
    .default('exhaust')
    .describe('points to draw'),
});

/**
 * `HalvingGridSearchCV(estimator, grid, factor=factor, resource=resource, random_state=seed, cv=folds, scoring=scoring)`: every point with
 * few resources, then the best third of them with three times as many, and so on; the best point of the last iteration is refitted on
 * all training rows. Adds `model` and `search`, as {@link gridSearch} does, with the `iter` and `nResources` of each point.
 *
 * Resources are rows, drawn of each fold, or a parameter that is a whole number, whose most must be said. Points of one iteration share
 * each pass over the rows.
 *
 * @param grid as of {@link gridSearch}, without the parameter that is the resource
 * @throws E_PARAMS for resources that the rows do not have, or that leave a fold no row to train on or to score, and for a grid over the
 *   resource
 * @example
 * halvingGridSearch(logisticRegression(), { C: [0.01, 0.1, 1, 10, 100] }, { factor: 2, folds: 3 });
 * @example
 * halvingGridSearch(histGradientBoostingClassifier(), { learningRate: [0.03, 0.1, 0.3] }, { resource: 'maxIter', maxResources: 200 });
 */
export function halvingGridSearch<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, P, T>,
  grid: Grid<P>,
  options: HalvingGridSearchOptions<ScoringFor<M>> & FoldingChoice & Resource<P> = {},
): Search<M, P, T> {
  const owner = 'halvingGridSearch';
  checkEstimator(owner, estimator);
  checkPredictor(owner, estimator);
  const asked = parseParams(owner, gridParams, options);
  checkGrid(owner, estimator, grid);
  const points = pointsOf(grid);
  return halving(owner, estimator, asked, {
    id: 'halving-grid-search',
    given: grid,
    known: points,
    candidates: () => points,
    recorded: { grid: grid as never as Json, ...asked } as JsonRecord,
    schema: z.strictObject({ ...gridParams.shape, grid: gridParam }),
    rebuild: (made, { grid: other, ...own }) => halvingGridSearch(made, (other as Grid<P> | undefined) ?? grid, { ...options, ...own } as typeof options),
  });
}

/**
 * `HalvingRandomSearchCV(estimator, distributions, n_candidates=nCandidates, random_state=seed, ...)`: as {@link halvingGridSearch}, of
 * points drawn as {@link randomSearch} draws them.
 *
 * @throws E_PARAMS as both of them, and where `nCandidates` and `minResources` are both `'exhaust'`: each is found from the other
 * @example
 * halvingRandomSearch(logisticRegression(), { C: { logUniform: [1e-4, 1e4] } }, { nCandidates: 27, seed: 1 });
 */
export function halvingRandomSearch<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, P, T>,
  distributions: Distributions<P>,
  options: HalvingRandomSearchOptions<ScoringFor<M>> & FoldingChoice & Resource<P> = {},
): Search<M, P, T> {
  const owner = 'halvingRandomSearch';
  checkEstimator(owner, estimator);
  checkPredictor(owner, estimator);
  const asked = parseParams(owner, randomParams, options);
  checkDistributions(owner, estimator, distributions);
  const { nCandidates, minResources, seed } = asked;
  if (nCandidates === 'exhaust' && minResources === 'exhaust') {
    throw refused(owner, "nCandidates and minResources are both 'exhaust'.", "Give one of them a number, or minResources: 'smallest'.");
  }
  const drawn = (count: number): readonly Partial<P>[] => drawPoints(distributions, count, seed);
  return halving(owner, estimator, asked, {
    id: 'halving-random-search',
    given: distributions,
    known: drawn(nCandidates === 'exhaust' ? 1 : nCandidates),
    candidates: ({ min, max }, context) => {
      const [count, option, cure] =
        nCandidates === 'exhaust'
          ? [Math.floor(max / min), "nCandidates 'exhaust'", 'Use halvingGridSearch']
          : [nCandidates, 'nCandidates', 'Lower nCandidates, use halvingGridSearch'];
      warnOfFewPoints(distributions, count, { option, cure }, context);
      return drawn(count);
    },
    recorded: { distributions: distributions as never as Json, ...asked } as JsonRecord,
    schema: z.strictObject({ ...randomParams.shape, distributions: distributionsParam }),
    rebuild: (made, { distributions: other, ...own }) =>
      halvingRandomSearch(made, (other as Distributions<P> | undefined) ?? distributions, { ...options, ...own } as typeof options),
  });
}

interface Halving<M extends Predictor, P, T extends TargetKind> extends Pick<SearchParts<M, P, T>, 'id' | 'recorded' | 'schema' | 'rebuild'> {
  readonly given: object;
  /** Points that are known before the rows are. */
  readonly known: readonly Partial<P>[];
  readonly candidates: (ends: { readonly min: number; readonly max: number }, context: StageContext) => readonly Partial<P>[];
}

function halving<M extends Predictor, P, T extends TargetKind>(
  owner: string,
  estimator: Estimator<M, P, T>,
  asked: z.output<typeof gridParams>,
  { given, known, candidates, ...parts }: Halving<M, P, T>,
): Search<M, P, T> {
  const { scoring = comparedBy(owner, estimator.kind), factor, minResources, maxResources, resource, aggressiveElimination, seed, ...rest } = asked;
  const { nCandidates: _, ...plan } = rest as typeof rest & { readonly nCandidates?: unknown };
  const ofRows = resource === 'nSamples';
  checkScoring(scoring, estimator.kind);
  if (!ofRows) checkResource(owner, estimator, resource, maxResources, given);
  const withResources = (points: readonly Partial<P>[], nResources: number): readonly Partial<P>[] =>
    ofRows ? points : points.map((point) => ({ ...point, [resource]: nResources }));
  checkPoints(owner, estimator, withResources(known, maxResources ?? 1));
  const learnsClasses = (estimator.kind ?? 'classifier') === 'classifier';
  const ends = (rows: number, folds: number, classes: number) => endsOf(owner, { factor, resource, minResources, maxResources }, { rows, folds, classes });
  return searchOf({
    owner,
    estimator,
    plan,
    scoring,
    planned: [withResources(known, maxResources ?? 1)],
    ...parts,
    recorded: { ...parts.recorded, scoring } as JsonRecord,
    check: (train) => {
      const { rows, classes } = train ?? {};
      if (rows !== undefined && plan.folds !== 'leaveOneOut' && (classes || !learnsClasses))
        ends(rows, foldsAtOnce(plan, rows), learnsClasses ? classes!.length : 0);
    },
    *rounds(train, batches, context) {
      const rows = train.rows.length;
      const folds = batches.reduce((sum, { held }) => sum + held, 0);
      const found = ends(rows, folds, learnsClasses ? classesOf(train) : 0);
      let points = candidates(found, context);
      checkPoints(owner, estimator, points);
      const turns = schedule(points.length, { factor, minResources, aggressiveElimination }, found);
      if (ofRows) checkSides(owner, batches, rows, { count: turns[0]!, max: found.max });
      for (const [iter, nResources] of turns.entries()) {
        const own = withResources(points, nResources);
        const names = pointNames(own as readonly JsonRecord[]).map((name) => (ofRows ? `${name} of ${nResources} rows` : name));
        const some = ofRows ? subsampled(batches, rows, { count: nResources, seed }) : batches;
        const means = yield { points: own, names, batches: some, iteration: { iter, nResources }, cure: ofRows ? 'Give a larger minResources.' : undefined };
        const before = points;
        points = best(means, Math.ceil(points.length / factor)).map((at) => before[at]!);
      }
    },
  });
}

function classesOf(train: Rows): number {
  return hasClasses(train) ? distinctLabels(labelsOf(train)).length : 0;
}

/** @throws E_PARAMS for what is no parameter that iterations may give more of */
function checkResource(
  owner: string,
  { name, jobParams }: Pick<Estimator, 'name' | 'jobParams'>,
  resource: string,
  most: number | undefined,
  given: object,
): void {
  const known = jobParams && Object.keys(jobParams.shape);
  if (known && !known.includes(resource)) {
    throw refused(owner, `resource '${resource}' is no parameter of ${name} that may differ.`, didYouMean(resource, ['nSamples', ...known], 'Resources'));
  }
  if (Object.hasOwn(given, resource)) throw refused(owner, `'${resource}' is the resource, and searched too.`, `Leave ${resource} out of what is searched.`);
  if (most === undefined) throw refused(owner, `how much of ${resource} there is at most is not said.`, 'Give maxResources.');
}
