// Where the training of a network stands, so that a model can go on with new rows as scikit-learn's partial_fit does.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Activation } from '../../kernels/lib/activation.ts';
import type { Weights } from './layers/network.ts';
import type { MlpParams } from './params.ts';

export interface Reached {
  readonly solver: 'adam' | 'sgd';
  /** What the solver remembers of each weight: Adam's means of gradients and of their squares; the last step of descent. */
  readonly moments: readonly Weights[];
  /** Steps made, and rows of all passes. */
  readonly steps: number;
  readonly rows: number;
  /** Length of the steps of 'adaptive'. */
  readonly rate: number;
  /** Least loss of a pass, and passes since one was better. */
  readonly best: number;
  readonly worse: number;
}

export interface NetworkFields extends Weights {
  readonly activation: Activation;
  /** Mean loss of each pass over the rows, with the penalty. */
  readonly lossCurve: Float64Array;
  /** Scores of the rows held back after each pass; none without `earlyStopping`. */
  readonly validationScores: Float64Array;
  /** Passes over the rows that it learned last. */
  readonly nIter: number;
}

/** A network that can go on. */
export interface Trained extends NetworkFields {
  readonly progress: Reached;
}

/** @throws E_PARAMS where the model that goes on was made otherwise, and for what needs more than a pass */
export function checkGoesOn(owner: string, { intercepts, activation, progress }: Trained, params: MlpParams): void {
  if (params.earlyStopping) {
    throw new PipelineError('E_PARAMS', `${owner}: earlyStopping tells after which pass to stop, and partialFit makes one.`, {
      hint: 'Leave earlyStopping out.',
    });
  }
  const layers = intercepts.slice(0, -1).map((own) => own.length);
  const is = { hiddenLayerSizes: layers, activation, solver: progress.solver };
  for (const name of ['hiddenLayerSizes', 'activation', 'solver'] as const) {
    const [own, asked] = [JSON.stringify(is[name]), JSON.stringify(params[name])];
    if (own === asked) continue;
    throw new PipelineError('E_PARAMS', `${owner}: the model that goes on has ${name} ${own}, and ${asked} is asked for.`, {
      hint: `Set ${name} to ${own}, or fit a model anew.`,
    });
  }
}
