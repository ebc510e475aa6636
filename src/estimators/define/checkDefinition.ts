// What a definition of an estimator must say, for callers that the compiler did not check.
import { PipelineError } from '../../core/errors/errors.ts';
import { targetByKind } from '../../dsl/kind.ts';
import { callerPlace } from '../../dsl/place.ts';

interface Said {
  readonly name: string;
  readonly kind: string;
  readonly train?: unknown;
  readonly trainTogether?: unknown;
  readonly outputs?: unknown;
  readonly predictions?: unknown;
  readonly staged?: unknown;
}

/** @throws E_USAGE for what no estimator can be made of */
export function checkDefinition({ name, kind, train, trainTogether, outputs, predictions, staged }: Said): void {
  const refused = (message: string, hint: string): PipelineError =>
    new PipelineError('E_USAGE', `defineEstimator '${name}': ${message}`, { at: callerPlace(), hint });
  if (!(kind in targetByKind)) throw refused(`'${kind}' is not a kind of model.`, `Kinds are ${Object.keys(targetByKind).join(', ')}.`);
  if (!train && !trainTogether) throw refused('it does not say how it trains.', 'Write train: (rows, params) => ({ ... }), or trainTogether.');
  if (kind !== 'classifier' && kind !== 'outlierDetector' && !outputs)
    throw refused('it does not say how many scores a row gets.', 'Write outputs: (model) => 1.');
  if (staged && predictions) {
    throw refused('it says scores of rounds, and predictions that are not those of scores.', 'Leave staged out, or predict the class of the largest score.');
  }
}
