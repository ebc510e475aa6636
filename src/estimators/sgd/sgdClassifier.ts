// Linear classifiers by stochastic gradient descent. As scikit-learn 1.9's SGDClassifier.
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { defineEstimator, type Drawn, type PlannedModel, type TrainingRows } from '../define/define.ts';
import { checkWeightSum, classWeightParam, weightsByCode } from '../linear/classWeights.ts';
import { linearValues } from '../linear/linearValues.ts';
import { heldBack } from '../rows/heldBack.ts';
import { shareRight } from '../solver/passes.ts';
import { classSeeds, orderSeed } from './draw.ts';
import { fittedTogether, leftOf, onePass, rowWeights, type GoingOn, type SgdFields } from './fit.ts';
import { CLASS_LOSSES, type ClassLoss, type ClassLossName } from './losses.ts';
import { ALPHA_NEEDED, optimalHasAlpha, sgdParams, type SgdOptions } from './params.ts';

export interface SgdClassifierOptions extends SgdOptions {
  /** What is made small: 'hinge' (default; a support vector machine), 'logLoss' (logistic regression), 'modifiedHuber', 'squaredHinge' or 'perceptron'. */
  readonly loss?: ClassLossName | undefined;
  /** Weight by label or class name, or 'balanced' for inverse class frequencies, of the rows of a class where it is told from the others. Default 1 each. Of three classes or more, those others count once, as in scikit-learn. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

const params = z
  .strictObject({
    loss: z.enum(['hinge', 'logLoss', 'modifiedHuber', 'squaredHinge', 'perceptron']).default('hinge').describe('what is made small'),
    ...sgdParams('optimal', 0.5),
    classWeight: classWeightParam,
  } satisfies ShapeOf<SgdClassifierOptions>)
  .refine(optimalHasAlpha, ALPHA_NEEDED);

export interface Fields extends SgdFields {
  readonly loss: ClassLossName;
}

/**
 * `sklearn.linear_model.SGDClassifier`: linear support vector machines, logistic regression or perceptrons, learned a row at a time. A
 * seed gives scikit-learn's order of rows, and so its weights, but for rounding in float64. Scale features first: steps that suit one
 * column are too long for another of larger numbers.
 *
 * Rows `[rows, cols]` with classes; a model has `coef`, `[classes][cols]`, or one row for two classes, `intercept`, and `fields.nIter`.
 * Each of three classes or more is told from all others. There are probabilities for 'logLoss' and 'modifiedHuber'. Rows without their
 * zeros are learned as those with them, where scikit-learn moves the intercept less. Rows held back for `earlyStopping` are
 * scikit-learn's; they are judged by the weights as they are, where scikit-learn 1.9 leaves out how much the penalty shrank them.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for rows of one class, E_DATA for rows that weigh nothing and for weights
 *   that become too large
 * @example
 * fit(chain(standardize(), sgdClassifier({ loss: 'logLoss', seed: 42 })));
 */
export const sgdClassifier = defineEstimator<SgdClassifierOptions>()({
  name: 'sgdClassifier',
  kind: 'classifier',
  params,
  scales: true,
  trainTogether: learned,
  async partialFit(model, rows, given, context) {
    if (given.classWeight === 'balanced') {
      throw new PipelineError('E_PARAMS', "sgdClassifier: classWeight 'balanced' needs all rows at once, and partialFit has some of them.", {
        hint: 'Give each class a weight by its label or name, or weigh the rows.',
      });
    }
    // Weights may name classes that these rows have none of.
    const labelled = { ...rows, labels: Uint32Array.from(rows.classes) };
    const [fields] = await learned(labelled, [onePass('sgdClassifier', model, rows, given)], undefined, context);
    return fields!;
  },
  scores: linearValues,
  hasProbabilities: ({ loss }) => loss === 'logLoss' || loss === 'modifiedHuber',
  probabilities: (scores, { classes, loss }) => shares(scores, classes.length, loss === 'logLoss' ? (score) => 1 / (1 + Math.exp(-score)) : clipped),
  summary: ({ nIter }) => ({ nIter }),
});

async function learned(
  rows: TrainingRows<'classifier'>,
  models: readonly (PlannedModel<Drawn<z.output<typeof params>>> & GoingOn)[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<readonly Fields[]> {
  const { classes, codes } = rows;
  const two = classes.length === 2;
  const fitted = await fittedTogether(
    'sgdClassifier',
    rows,
    models,
    ({ heldOut, start, params: { loss: name, classWeight, ...sgd } }) => {
      const { others }: ClassLoss = CLASS_LOSSES[name];
      const byCode = weightsByCode(classWeight, rows, { folds, heldOut });
      const left = leftOf(rows, folds, heldOut);
      const held = sgd.earlyStopping ? heldOf(rows, left, sgd) : undefined;
      const weights = rowWeights('sgdClassifier', rows, left, held);
      if (two) {
        const sum = left.reduce((all, row) => all + byCode[codes[row]!]! * weights[row]!, 0);
        checkWeightSum(rows.name, sum); // of more classes, rows of the others count once
      }
      const seeds = two ? [sgd.seed] : classSeeds(sgd.seed, classes.length);
      return seeds.map((seed, i) => () => {
        const told = two ? 1 : i;
        return {
          name: two ? 'sgdClassifier' : `sgdClassifier, class ${rows.classNames?.[classes[told]!] ?? classes[told]}`,
          loss: { name },
          rows: left,
          targets: new Float64Array(codes).map((code) => (code === told ? 1 : others)),
          weights: weights.map((weight, row) => (codes[row] === told ? byCode[told]! : two ? byCode[0]! : 1) * weight),
          held: held && { rows: held, score: (said: Float64Array) => shareRight(held, weights, (row, at) => said[at]! > 0 === (codes[row] === told)) },
          seed: orderSeed(seed, true),
          start: start?.[i],
        };
      });
    },
    context,
  );
  return fitted.map((fields, m) => ({ ...fields, loss: models[m]!.params.loss }));
}

/** Positions of the rows held back, of those left. */
function heldOf(
  rows: TrainingRows<'classifier'>,
  left: Uint32Array,
  { validationFraction, seed }: { readonly validationFraction: number; readonly seed: number },
): Uint32Array {
  const own = { ...rows, rows: left.map((row) => rows.rows[row]!), codes: Array.from(left, (row) => rows.codes[row]!) };
  return heldBack('sgdClassifier', own, validationFraction, new RandomState(seed), own).test.map((at) => left[at]!);
}

const clipped = (score: number): number => (Math.min(1, Math.max(-1, score)) + 1) / 2;

/** `[rows][classes]`, of what each class has by itself; all alike where none has anything. */
function shares(scores: Float64Array, classes: number, shareOf: (score: number) => number): Float64Array {
  if (classes === 2)
    return Float64Array.from({ length: 2 * scores.length }, (_, at) => (at % 2 === 1 ? shareOf(scores[at >> 1]!) : 1 - shareOf(scores[at >> 1]!)));
  const each = scores.map(shareOf);
  for (let begin = 0; begin < each.length; begin += classes) {
    const own = each.subarray(begin, begin + classes);
    const sum = own.reduce((a, b) => a + b, 0);
    for (let c = 0; c < classes; c++) own[c] = sum === 0 ? 1 / classes : own[c]! / sum;
  }
  return each;
}
