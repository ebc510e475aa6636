// Options, weights and odd rows that no other file of figures has, against scikit-learn 1.9 (fixtures/options.json): a model of the even
// rows, asked of the odd ones.
import { expect, test } from 'vitest';
import figures from '../fixtures/options.json' with { type: 'json' };
import * as api from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Clusterer, Estimator, Regressor, Transformer } from '../../src/dsl/estimator.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { standardScaling } from '../support/standardScaling.ts';

const compute = await testCompute();
const context = stageContext(compute);
type Row = (typeof figures.rows)[number];

const logistic = (more: object = {}): Estimator => api.logisticRegression({ tol: 1e-9, maxIter: 5000, ...more });
const OF: Readonly<Record<string, () => Estimator>> = {
  gaussianNB: api.gaussianNB,
  ridgeClassifier: api.ridgeClassifier,
  logisticRegression: () => logistic({ C: 0.1 }),
  ridge: () => api.ridge({ alpha: 0.5 }) as never,
  svc: () => api.svc({ kernel: 'linear', tol: 1e-8 }),
  'standardize, polynomial, logisticRegression': () => api.chain(api.standardize(), api.polynomial({ includeBias: false }), logistic() as never) as never,
};
const MEMBERS = { nb: api.gaussianNB(), a: logistic({ C: 0.1 }) as never };
const VALUE_MEMBERS = { a: api.ridge({ alpha: 0.5 }), b: api.linearRegression() };
/** Those that are made of others, or search with a tolerance. */
const MAKE: Readonly<Record<string, (options: never, of: () => Estimator) => unknown>> = {
  logisticRegression: (options: object) => logistic({ maxIter: 20_000, ...options }),
  oneVsOneClassifier: (_options, of) => api.oneVsOneClassifier(of() as never),
  oneVsRest: (_options, of) => api.oneVsRest(of() as never),
  chain: (_options, of) => of(),
  linearSVC: (options: object) => api.linearSVC({ tol: 1e-9, maxIter: 10_000, ...options }),
  baggingClassifier: (options, of) => api.baggingClassifier(of() as never, options),
  baggingRegressor: (options, of) => api.baggingRegressor(of() as never, options),
  votingClassifier: (options: object) => api.votingClassifier(MEMBERS, options),
  votingRegressor: (options: object) => api.votingRegressor(VALUE_MEMBERS, options),
  calibratedClassifier: (options, of) => api.calibratedClassifier(of() as never, options),
  stackingClassifier: (options: { readonly stackMethod?: string }) => {
    const members = options.stackMethod === 'decisionFunction' ? { ridge: api.ridgeClassifier(), a: MEMBERS.a } : MEMBERS;
    return api.stackingClassifier(members, { finalEstimator: logistic() as never, ...(options as object) });
  },
  stackingRegressor: (options: object) => api.stackingRegressor(VALUE_MEMBERS, { finalEstimator: api.ridge({ alpha: 2 }), ...options }),
};

/** "one column" is the third alone, "few rows" every ninth, of digits every sixtieth; "standardised" by all rows. */
async function setOf(name: string): Promise<Dataset<'train'>> {
  const [base, part] = name.split(', ') as [string, string | undefined];
  const set = (base.startsWith('iris') || base === 'digits' ? figureSet(base) : valuedSet(base)) as ReturnType<typeof figureSet>;
  const step = base === 'digits' ? 60 : 9;
  if (part === 'few rows') return { ...set, rows: set.rows.filter((_, i) => i % step === 0) };
  if (part === 'standardised') return { ...set, scaling: await standardScaling(set) };
  if (part !== 'one column') return set;
  const { rows, cols, data } = set.x;
  return {
    ...set,
    x: matrix(
      rows,
      1,
      Float64Array.from({ length: rows }, (_, row) => data[row * cols + 2]!),
    ),
  };
}

function weightsByPlace({ x, rows }: Dataset): Float32Array {
  const weights = new Float32Array(x.rows);
  thirds(rows.length).forEach((weight, i) => (weights[rows[i]!] = weight));
  return weights;
}

function estimatorOf({ name, options, of }: Row): Estimator<never, never, never> {
  const make = MAKE[name] ?? (api as never as Readonly<Record<string, (options: never) => unknown>>)[name]!;
  return make(options as never, OF[of ?? '']!) as never;
}

test.each(
  figures.rows.map(
    (row) => [`${row.name} of ${row.of ?? ''} ${JSON.stringify(row.options).slice(0, 90)}, ${row.data}${row.weighted ? ', weights' : ''}`, row] as const,
  ),
)('scikit-learn: %s', async (_, row) => {
  const set = await setOf(row.data);
  const [train, { scaling: _scaling, ...asked }] = [half(row.weighted ? { ...set, weights: weightsByPlace(set) } : set, 0), half(set, 1)];
  const model: unknown = await fitted(estimatorOf(row), train, compute);
  const { predict, proba, said, centers, first, oob, accuracy, loss } = row;
  if (first) {
    const { transform, fields } = model as Transformer & { readonly fields: { readonly explainedVariance: Float64Array } };
    expectClose((await transform({ ...asked, rows: asked.rows.subarray(0, 4) }, context)).data, first, 1e-6);
    expectClose(fields.explainedVariance, row.variance!, 1e-8);
    return;
  }
  if (centers) {
    const { fields, ...own } = model as Clusterer & {
      readonly fields: { readonly clusterCenters: readonly Float64Array[]; readonly inertia: number; readonly nIter: number };
    };
    centers.forEach((center, k) => expectClose(fields.clusterCenters[k]!, center, 1e-6));
    expect(fields.nIter).toBe(row.iterations);
    expectNear([fields.inertia], [row.inertia!], 1e-6 * row.inertia!);
    expect([...(await own.predict(asked, context))]).toEqual(predict);
    return;
  }
  if ((model as Partial<Regressor>).kind === 'regressor') {
    expectClose(await (model as Regressor).predict(asked, context), predict!, 1e-7);
    return;
  }
  const classifier = model as FittedClassifier & { readonly fields?: { readonly oobScore?: number } };
  expect([...(await classifier.predict(asked, context))]).toEqual(predict);
  const some = { ...asked, rows: asked.rows.subarray(0, 10) };
  // Of several searches that each stop a little beside the optimum.
  const several = /^(voting|bagging)/.test(row.name);
  if (proba) expectNear(await classifier.predictProba!(some, context), proba, several ? 1e-4 : 1e-5);
  if (said) expectClose(await classifier.decisionFunction(some, context), said, 1e-5);
  if (accuracy) expect(await classifier.score(asked, context)).toBe(accuracy);
  if (loss) expect(scoreOf('negLogLoss', await classifier.evaluate(asked, 'decisions', context))).toBeCloseTo(-loss, 5);
  if (oob) expect(classifier.fields!.oobScore).toBeCloseTo(oob, 12);
});
