// One cell of the sweep: what the device gives against float64.
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import type { Scaling } from '../../src/core/data/dataset.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { evaluationOf } from '../../src/metrics/evaluation.ts';
import { logLoss, probabilities } from '../../src/metrics/probability.ts';
import { scoreOf, type Scoring } from '../../src/metrics/scorers.ts';
import { standardScaling } from './standardScaling.ts';
import { SETS, referenceFit, reordered, tableOf, type Cell, type Reference } from './ordinaryTables.ts';
import { stageContext } from './smallSets.ts';

export const LIMITS = { rows: 1, logLoss: 1e-4, auc: 1e-3, coef: 1e-3 } as const;
const SETTINGS = { tol: 1e-4, maxIter: 3000 };

export interface Distance {
  /** Rows predicted otherwise. */
  readonly rows: number;
  readonly logLoss: number;
  /** 0 for more than two classes, which have none. */
  readonly auc: number;
  /** Distance of the coefficients over the norm of the reference's. */
  readonly coef: number;
}

export interface Figures {
  readonly off: Distance;
  /** The same between float64 and float64 that adds up in other orders, where `off` is not within the limits: how far the table decides the answer. */
  readonly spread?: Distance | undefined;
  /** Mean loss and penalty, in float64. */
  readonly objective: readonly [own: number, reference: number];
  readonly iterations: readonly [own: number, reference: number];
  readonly status: readonly [own: string, reference: string];
  readonly warned: boolean;
}

export const SCALES = [1e-8, 1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, 1e6, 1e8] as const;
export const RATIOS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7] as const;
export const CONSTANTS = [0, 1, 1e5, 1e10] as const;
export const CLASSES = [2, 3, 10] as const;

export function cells(): readonly Cell[] {
  return SETS.flatMap((set) =>
    CLASSES.flatMap((classes) =>
      [false, true].flatMap((standardised) => [
        ...SCALES.flatMap((scale) => RATIOS.map((ratio) => ({ set, classes, standardised, scale, ratio }))),
        ...CONSTANTS.map((constant) => ({ set, classes, standardised, scale: 1, ratio: 0, constant })),
      ]),
    ),
  );
}

export async function compare(cell: Cell, compute: GpuCompute): Promise<Figures> {
  const plain = tableOf(cell);
  const scaling = cell.standardised ? await standardScaling(plain) : undefined;
  const data = { ...plain, scaling };
  const reference = referenceFit(plain, scaling, SETTINGS);
  const events: RunEvent[] = [];
  const context = stageContext(compute, events);
  const [trained] = await logisticRegression(SETTINGS).train(data, [{ name: 'fit' }], {}, context);
  const { model } = trained!;
  const own = { decisions: await model.decisionFunction(data, context), coef: model.coef };
  const off = distance(own, reference, data.labels, cell.classes);
  const spread = isWithin(off, LIMITS) ? undefined : spreadOf(plain, scaling, reference, cell.classes);
  return {
    off,
    spread,
    objective: [objectiveOf(own, data.labels, cell.classes), objectiveOf(reference, data.labels, cell.classes)],
    iterations: [model.nIter, reference.iterations],
    status: [String(model.summary['status']), reference.status],
    warned: events.some(({ type }) => type === 'warning'),
  };
}

function objectiveOf({ decisions, coef }: Fitted, labels: Dataset['labels'], classes: number): number {
  const squares = coef.reduce((sum, column) => sum + column.reduce((own, value) => own + value * value, 0), 0);
  return logLoss(labels, probabilities(decisions, classes), classes) + squares / (2 * labels.length);
}

type Fitted = Pick<Reference, 'decisions' | 'coef'>;

function distance(own: Fitted, reference: Fitted, labels: Dataset['labels'], classes: number): Distance {
  const all = Array.from({ length: classes }, (_, label) => label);
  const [a, b] = [own, reference].map(({ decisions }) => evaluationOf(all, labels, { decisions, probabilities: probabilities(decisions, classes) }));
  const between = (name: Scoring): number => Math.abs(scoreOf(name, a!) - scoreOf(name, b!));
  const norm = Math.hypot(...reference.coef.flatMap((column) => [...column]));
  const away = Math.hypot(...reference.coef.flatMap((column, c) => [...column].map((value, j) => value - own.coef[c]![j]!)));
  return {
    rows: Math.round(between('accuracy') * labels.length),
    logLoss: between('negLogLoss'),
    auc: classes === 2 ? between('rocAuc') : 0,
    coef: away / norm,
  };
}

/** The largest distance of float64 from itself: over a few orders of the rows, and added up around a row. */
function spreadOf(table: ReturnType<typeof tableOf>, scaling: Scaling | undefined, reference: Reference, classes: number): Distance {
  const each = [1, 2, 3].map((seed) => {
    const order = new RandomState(seed).permutation(table.labels.length);
    const other = referenceFit(reordered(table, order), scaling, SETTINGS);
    const back = { coef: other.coef, decisions: new Float64Array(other.decisions.length) };
    const columns = other.coef.length;
    order.forEach((row, i) => back.decisions.set(other.decisions.subarray(i * columns, (i + 1) * columns), row * columns));
    return distance(back, reference, table.labels, classes);
  });
  each.push(distance(referenceFit(table, scaling, { ...SETTINGS, centered: true }), reference, table.labels, classes));
  const largest = (name: keyof Distance): number => Math.max(...each.map((one) => one[name]));
  return { rows: largest('rows'), logLoss: largest('logLoss'), auc: largest('auc'), coef: largest('coef') };
}

/**
 * Within the limits; or about as far from float64 as float64 is from itself, where sums in another order lead it elsewhere; or,
 * where float64 stops above the tolerance wherever its rounding takes it, at an objective that is no higher. Where both say that
 * they did not converge, they are somewhere on the way.
 */
export function isRight({ off, spread, status, objective }: Figures): boolean {
  if (!spread) return true;
  const names = Object.keys(LIMITS) as (keyof Distance)[];
  if (names.every((name) => off[name] <= Math.max(LIMITS[name], SAMPLING * spread[name]))) return true;
  if (status[0] === 'max-iter' && status[1] === 'max-iter') return true;
  return status[1] !== 'converged' && objective[0] <= objective[1] + LIMITS.logLoss;
}

/** A few runs show that much less than the largest spread. */
const SAMPLING = 3;

function isWithin(off: Distance, limits: Distance): boolean {
  return (Object.keys(limits) as (keyof Distance)[]).every((name) => off[name] <= limits[name]);
}
