// Models of a few points: what is nearest to which.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { asDecisions, beside, byDecisions, largest, meant, rowSums, softened, squaresTo } from '../operators.ts';
import type { Exporter, KnownClasses } from '../said.ts';

interface Centroids extends KnownClasses {
  readonly metric: 'euclidean' | 'manhattan';
  readonly centroids: readonly Float64Array[];
  readonly withinClassStd: Float64Array;
  readonly scaling?: Scaling | undefined;
}

/** `[rows, points]` of sums of sizes. */
function sizesTo(b: GraphBuilder, x: Value, points: readonly Float64Array[]): Value {
  return beside(
    b,
    points.map((point) => rowSums(b, b.op('Abs', [b.op('Sub', [x, b.numbers(point, [1, point.length])])]))),
  );
}

export const nearestCentroid: Exporter<Centroids> = ({ b, ...to }, { metric, centroids, withinClassStd, scaling, ...known }, rows) => {
  to.needsValues(rows);
  const manhattan = metric === 'manhattan';
  const x = meant(b, rows.x, scaling);
  const codes = largest(b, b.op('Neg', [manhattan ? sizesTo(b, x, centroids) : squaresTo(b, x, centroids, 0)]));
  // Decisions are by distances in units of the spread, and may be for another class.
  const units = withinClassStd.map((value) => value || 1);
  const inUnits = b.op('Div', [x, b.numbers(units, [1, units.length])]);
  const points = centroids.map((point) => point.map((value, j) => value / units[j]!));
  const sizes = manhattan ? sizesTo(b, inUnits, points) : undefined;
  const squares = sizes ? b.op('Mul', [sizes, sizes]) : squaresTo(b, inUnits, points, 0);
  const count = known.classes.length;
  const decisions = asDecisions(b, b.op('Sub', [b.number(2 * Math.log(1 / count)), squares]), count);
  return byDecisions(b, known, decisions, { codes, probabilities: softened(b, decisions, count) });
};

interface Clusters {
  readonly clusterCenters: readonly Float64Array[];
  readonly scaling?: Scaling | undefined;
}

export const clusters: Exporter<Clusters> = ({ b, ...to }, { clusterCenters, scaling }, rows) => {
  to.needsValues(rows);
  const distances = b.op('Sqrt', [squaresTo(b, meant(b, rows.x, scaling), clusterCenters, 0)]);
  return { kind: 'clusterer', clusters: clusterCenters.length, distances };
};
