// Whether float32 holds what a model makes of a column: seconds since 1970 are a minute off there, and a model that was fitted on
// float64 may go by seconds.
import type { CsrMatrix } from '../../core/data/csr.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { isCoarse } from '../../core/numbers.ts';
import { denseRows } from './points.ts';
import type { Column } from './said.ts';

/** What models of many types have, of those that go by differences. */
interface Fields {
  readonly kernel?: string;
  readonly scaling?: Scaling | undefined;
  /** Weights, which say nothing of where rows are. */
  readonly coef?: unknown;
  readonly coefs?: unknown;
  readonly clusterCenters?: readonly Float64Array[];
  readonly centroids?: readonly Float64Array[];
  readonly theta?: readonly Float64Array[];
  readonly means?: readonly Float64Array[];
  readonly supportVectors?: Matrix | CsrMatrix;
  readonly components?: Matrix | CsrMatrix | readonly Float64Array[];
  readonly nNeighbors?: number;
  readonly x?: Matrix | CsrMatrix;
}

/** Half a step of float32 near 1: a model has at least so many of them where its points, or the unit of a scaling, lie apart. */
const ROUNDING = 2 ** -24;
const STEPS = 16;

/** @param columns that the model is given @param names of the inputs @throws E_USAGE for a column that float32 holds too coarsely */
export function checkHeldApart(fields: Fields, columns: readonly Column[], names: readonly string[]): void {
  const points = pointsOf(fields);
  const { scaling } = fields;
  if (!points && !(scaling && (fields.coef !== undefined || fields.coefs !== undefined))) return;
  for (const [j, { input, names: levels, scalings }] of columns.entries()) {
    if (input === undefined || levels || scalings) continue;
    const held = scaling ? undefined : Float64Array.from(points!, (point) => point[j]!).sort();
    const [level, spread] = scaling ? [scaling.shift[j]!, 1 / Math.abs(scaling.factor[j]!)] : extentOf(held!);
    if (spread === 0 || (Math.abs(level) * ROUNDING * STEPS <= spread && !(held && isCoarse(held, 0)))) continue;
    throw new PipelineError(
      'E_USAGE',
      `The model goes by small differences in column '${names[input]!}', near ${Number(level.toPrecision(6))}, which float32 does not hold.`,
      { hint: "Let numbers come in as float64: pipeline export --double, or modelToOnnx(model, { numbers: 'double' })." },
    );
  }
}

function pointsOf({ kernel, clusterCenters, centroids, theta, means, supportVectors, components, nNeighbors, x }: Fields): readonly Float64Array[] | undefined {
  if (kernel === 'precomputed') return undefined;
  const rows = supportVectors ?? (nNeighbors === undefined ? (kernel === undefined ? undefined : (components as Matrix | undefined)) : x);
  return clusterCenters ?? centroids ?? theta ?? means ?? (rows && denseRows(rows));
}

/** The largest size of a column, and how far apart its values are. */
function extentOf(sorted: Float64Array): readonly [level: number, spread: number] {
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return [Math.max(Math.abs(least), Math.abs(most)), most - least];
}
