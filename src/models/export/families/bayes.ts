// Classifiers by what is known of each class alone: naive Bayes, and normal distributions with a covariance.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { meantFeatures } from '../columns.ts';
import { asDecisions, beside, byDecisions, linear, meant, product, rowSums, softened } from '../operators.ts';
import type { ClassesSaid, Exporter, KnownClasses } from '../said.ts';

interface Known extends KnownClasses {
  readonly scaling?: Scaling | undefined;
}

/** @param scores logarithms of likelihoods, `[rows, classes]` */
function byLikelihood(b: GraphBuilder, known: KnownClasses, scores: Value, more: Partial<ClassesSaid> = {}): ClassesSaid {
  const decisions = asDecisions(b, scores, known.classes.length);
  return byDecisions(b, known, decisions, { ...more, probabilities: softened(b, decisions, known.classes.length) });
}

const PROBABILITIES = { response: 'probabilities' } as const;

/** `[rows, 1]`: half of the sum of the squares of each row, less than a level. */
function below(b: GraphBuilder, level: number, x: Value): Value {
  return b.op('Sub', [b.number(level), b.op('Div', [rowSums(b, b.op('Mul', [x, x])), b.number(2)])]);
}

interface Gaussian extends Known {
  readonly theta: readonly Float64Array[];
  readonly var: readonly Float64Array[];
  readonly classPrior: Float64Array;
}

export const gaussianNB: Exporter<Gaussian> = ({ b, ...to }, { theta, var: variances, classPrior, scaling, ...known }, rows) => {
  to.needsValues(rows);
  const x = meant(b, rows.x, scaling);
  const each = theta.map((mean, c) => {
    const away = b.op('Sub', [x, b.numbers(mean, [1, mean.length])]);
    const deviations = variances[c]!.map(Math.sqrt);
    const level = Math.log(classPrior[c]!) - variances[c]!.reduce((sum, value) => sum + Math.log(2 * Math.PI * value), 0) / 2;
    return below(b, level, b.op('Div', [away, b.numbers(deviations, [1, mean.length])]));
  });
  return byLikelihood(b, known, beside(b, each), PROBABILITIES);
};

interface Counting extends Known {
  readonly featureLogProb: readonly Float64Array[];
  readonly classLogPrior: Float64Array;
}

export const multinomialNB: Exporter<Counting> = ({ b, ...to }, { featureLogProb, classLogPrior, scaling, ...known }, rows) => {
  to.needsValues(rows);
  return byLikelihood(b, known, linear(b, meant(b, rows.x, scaling), featureLogProb, classLogPrior), PROBABILITIES);
};

export const bernoulliNB: Exporter<Counting & { readonly binarize: number }> = (to, fields, rows) => {
  const { b } = to;
  to.needsValues(rows);
  const { featureLogProb, classLogPrior, binarize, scaling } = fields;
  const { x, columns } = meantFeatures(to, rows, scaling);
  const least = columns.flatMap((column) => to.comparedWith(column, [binarize], 'exact'));
  const there = b.cast(b.op('Greater', [x, b.numbers(least, [1, least.length])]), 'double');
  const without = featureLogProb.map((own) => own.map((value) => Math.log1p(-Math.exp(value))));
  const nothing = without.map((own, c) => own.reduce((sum, value) => sum + value, classLogPrior[c]!));
  const changes = featureLogProb.map((own, c) => own.map((value, j) => value - without[c]![j]!));
  return byLikelihood(b, fields, linear(b, there, changes, nothing), PROBABILITIES);
};

interface Quadratic extends Known {
  readonly means: readonly Float64Array[];
  readonly scalings: readonly Float64Array[];
  readonly rotations: readonly Float64Array[];
  readonly priors: Float64Array;
}

export const quadratic: Exporter<Quadratic> = ({ b, ...to }, { means, scalings, rotations, priors, scaling, ...known }, rows) => {
  to.needsValues(rows);
  const x = meant(b, rows.x, scaling);
  const each = means.map((mean, c) => {
    const cols = mean.length;
    const axes = Array.from(scalings[c]!, (value, k) => rotations[c]!.slice(k * cols, (k + 1) * cols).map((own) => own / Math.sqrt(value)));
    const along = product(b, b.op('Sub', [x, b.numbers(mean, [1, cols])]), axes);
    return below(b, Math.log(priors[c]!) - scalings[c]!.reduce((sum, value) => sum + Math.log(value), 0) / 2, along);
  });
  return byLikelihood(b, known, beside(b, each));
};
