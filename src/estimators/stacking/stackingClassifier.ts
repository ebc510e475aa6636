// Classifiers, and one above them that learns from what they say. Source: sklearn/ensemble/_stacking.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { called } from '../../core/data/classNames.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import { distinctLabels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Estimator, Evaluation } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { checkMember, checkMembers, combination, type MemberParams, type Members, type ModelsOf } from '../combined/members.ts';
import { ofSecond, spread } from '../combined/responses.ts';
import type { FittedClassifier } from '../define/models.ts';
import { logisticRegression } from '../logisticRegression/logisticRegression.ts';
import type { Method } from './stack.ts';
import { stackParams, trainStack, type StackOptions } from './trainStack.ts';

interface Settings extends StackOptions {
  /**
   * What the estimators say for the final one: probabilities, decisions, or `auto`, probabilities where an estimator has some. Of two
   * classes, that is one column, else one a class. Default `auto`.
   */
  readonly stackMethod?: 'auto' | Method | undefined;
}

type Classifying = Estimator<FittedClassifier, never, 'classes'>;

export interface StackingClassifierOptions<F = Classifying> extends Settings {
  /** Learns the classes from what the others say. Default `logisticRegression()`. */
  readonly finalEstimator?: F | undefined;
}

const params = z.strictObject({
  ...stackParams,
  stackMethod: z.enum(['auto', 'predictProba', 'decisionFunction']).default('auto').describe('what the estimators say for the final one'),
} satisfies ShapeOf<Settings>);

/**
 * `StackingClassifier(estimators, final_estimator)`: the final estimator learns from what the others say of rows that they were not
 * trained on, in folds of the training rows. Then each is fitted on all rows. Held-out rows of a cross-validation have no influence on
 * either layer. The model is that of the final estimator, asked of what the others say: `model.coef` and the like are in `model.model`.
 *
 * In a grid and in `--set`, parameters are prefixed: `a.C`, `finalEstimator.C`.
 *
 * @param estimators classifiers by name
 * @example
 * fit(stackingClassifier({ a: logisticRegression(), b: kNeighborsClassifier() }, { finalEstimator: logisticRegression({ C: 10 }) }));
 */
export function stackingClassifier<E extends Members<FittedClassifier, 'classes'>, F extends Classifying = ReturnType<typeof logisticRegression>>(
  estimators: E,
  options: StackingClassifierOptions<F> = {},
): Estimator<ModelsOf<{ f: F }>['f'], Required<Settings> & MemberParams<E & { readonly finalEstimator: F }>> {
  const name = 'stackingClassifier';
  const { finalEstimator = logisticRegression(), ...own } = options;
  checkMembers(name, estimators, 'classifier', ['finalEstimator']);
  checkMember(name, finalEstimator, 'classifier');
  const members: Members<FittedClassifier, 'classes'> = estimators;
  const { estimator, told } = combination({
    name,
    members: { ...members, finalEstimator },
    readers: Object.keys(members),
    schema: params,
    options: own,
    rebuild: ({ finalEstimator, ...rest }: Members<FittedClassifier, 'classes'>, others: Settings) => stackingClassifier(rest, { ...others, finalEstimator }),
  });
  const stacking: Estimator<FittedClassifier, never> = {
    ...(estimator as Estimator<FittedClassifier, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      const layers = {
        members,
        finalEstimator: finalEstimator as Classifying,
        takes: estimator.takes,
        told,
        methodOf: (member: string, model: FittedClassifier, { stackMethod }: z.output<typeof params>): Method => {
          if (stackMethod === 'decisionFunction' || (stackMethod === 'auto' && !model.predictProba)) return 'decisionFunction';
          if (model.predictProba) return 'predictProba';
          throw new PipelineError('E_USAGE', `stackingClassifier: '${member}' has no probabilities, which stackMethod: 'predictProba' needs.`, {
            hint: 'Leave stackMethod out: then each estimator says what it has.',
          });
        },
        heldSaid,
      };
      return (await trainStack(layers, data, jobs, given, context)) as never;
    },
  };
  return stacking as never;
}

/** A class without rows in a fold has probability 0 there. @throws E_CLASS where there are decisions, of which none means that */
function heldSaid(member: string, evaluation: Evaluation, method: Method | undefined, rows: Dataset<'train'>): Float64Array {
  const classes = distinctLabels(labelsOf(rows));
  const { classes: own, probabilities, decisions, failed } = evaluation;
  if (failed !== undefined) {
    throw new PipelineError('E_CLASS', `stackingClassifier: '${member}' cannot be trained without a fold: ${failed}.`, {
      hint: 'Use fewer folds, or more rows of each class.',
    });
  }
  if (method === 'predictProba') return ofSecond(spread(probabilities!, own, classes), classes.length);
  if (own.length === classes.length) return decisions!;
  const missing = called(
    classes.filter((label) => !own.includes(label)),
    rows.classNames,
  );
  throw new PipelineError(
    'E_CLASS',
    `stackingClassifier: all rows of ${missing} of ${rows.name} are in one fold, so '${member}' has no decision for them there.`,
    {
      hint: 'Use fewer folds, or more rows of that class.',
    },
  );
}
