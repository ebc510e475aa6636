// What ridge and ridgeClassifier share: weights of many models from one pass over the rows.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds, RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import type { PlannedModel } from '../define/define.ts';
import type { LinearFields } from '../linear/linearValues.ts';
import { dot } from '../solver/vectors.ts';
import { affinesOf } from '../rows/frame.ts';
import { aroundMeans, aroundZero, sumsWithout, type Moments } from './moments.ts';
import { losesDigits, refined, throughZero, withConstant } from './refine.ts';
import { solverOf, type Solver } from './solve.ts';
import { sumsByFold } from './sums.ts';

interface RidgeParams {
  readonly alpha: number;
  readonly fitIntercept: boolean;
}

/**
 * Weights w, with a constant c, of the least `sum of weight * (target - w x - c)^2 + alpha * |w|^2`.
 *
 * @param owner the estimator, for errors
 * @param options.targets `[outputs][rows]`
 * @param options.weights in row order
 * @throws E_DATA where the rows of a model weigh nothing, or columns are too many
 */
export async function ridgeModels(
  owner: string,
  rows: RowsOf,
  models: readonly PlannedModel<RidgeParams>[],
  { targets, weights, folds }: { readonly targets: readonly Float64Array[]; readonly weights: Float32Array | undefined; readonly folds: Folds | undefined },
  context: StageContext,
): Promise<readonly LinearFields[]> {
  const compute = await context.compute();
  const level = targets.map((target) => target.reduce((a, b) => a + b, 0) / target.length);
  const around = targets.map((target, output) => target.map((value) => value - level[output]!));
  const { frame, sums } = await sumsByFold(owner, context, rows, { weights, targets: around, folds });
  const affines = affinesOf(frame, models);
  const known = new Map<string, Moments>();
  const fitted: LinearFields[] = [];
  for (const [i, { name, heldOut, params, scaling }] of models.entries()) {
    const { alpha, fitIntercept } = params;
    const affine = affines[i]!;
    await compute.settle(); // lets a cancel in, between systems that each take a moment
    throwIfCancelled(context.signal);
    const momentsOf = (take: typeof aroundMeans): Moments => {
      const key = `${heldOut} ${take.name} ${affines.indexOf(affine)}`;
      const moments = known.get(key) ?? take(sumsWithout(sums, heldOut), affine, level);
      known.set(key, moments);
      return moments;
    };
    let moments = momentsOf(aroundMeans);
    if (!(moments.weight > 0)) {
      throw new PipelineError('E_DATA', `${owner}: the rows of ${rows.name} that ${name} trains on have a total weight of 0.`, {
        hint: 'Give rows in every fold a weight above 0.',
      });
    }
    let solver = solverWith(moments, alpha);
    // What does not vary counts without a constant, and so does all of what makes up another column.
    if (!fitIntercept && solver.open.some((column) => moments.mean[column] !== 0)) solver = solverWith((moments = momentsOf(aroundZero)), alpha);
    const { weight, mean, cross, targetMean } = moments;
    const system = fitIntercept ? withConstant(solver) : throughZero(solver, weight, mean);
    let found = system(cross, targetMean);
    if (losesDigits(solver, rows)) {
      const positions = Uint32Array.from(rows.rows.keys()).filter((row) => heldOut === undefined || folds!.fold[row] !== heldOut);
      const own = { ...rows, rows: positions.map((row) => rows.rows[row]!), scaling };
      found = await refined({ rows: own, positions, targets, weights, alpha, mean }, system, found, context.signal);
    }
    const { coef, level: said } = found;
    fitted.push({ coef, intercept: said.map((value, output) => (fitIntercept ? value - dot(coef[output]!, mean) : 0)) });
  }
  return fitted;
}

function solverWith({ products, mean }: Moments, alpha: number): Solver {
  const matrix = products.slice();
  for (let j = 0; j < mean.length; j++) matrix[j * mean.length + j]! += alpha;
  return solverOf(matrix);
}
