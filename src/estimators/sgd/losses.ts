// Losses that are learned a row at a time: how large, and which way down. Formulas of scikit-learn 1.9 (linear_model/_sgd_fast and _loss).

/** Of a row, by its target and what the model says of it. */
export interface RowLoss {
  value(target: number, said: number): number;
  /** Derivative of {@link value} by what is said. */
  gradient(target: number, said: number): number;
}

/** Of a class told from the others: its rows have the target 1. */
export interface ClassLoss extends RowLoss {
  /** Target of all other rows. */
  readonly others: 0 | -1;
}

const hingeAt = (threshold: number): ClassLoss => ({
  others: -1,
  value: (target, said) => Math.max(0, threshold - said * target),
  gradient: (target, said) => (said * target <= threshold ? -target : 0),
});

/** log(1 + exp(x)). */
function softplus(x: number): number {
  if (x > 33.3) return x;
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

const logLoss: ClassLoss = {
  others: 0,
  value: (target, said) => softplus(said) - target * said,
  gradient(target, said) {
    if (said <= -37) return Math.exp(said) - target;
    const power = Math.exp(-said);
    return (1 - target - target * power) / (1 + power);
  },
};

const modifiedHuber: ClassLoss = {
  others: -1,
  value(target, said) {
    const margin = said * target;
    if (margin >= 1) return 0;
    return margin >= -1 ? (1 - margin) ** 2 : -4 * margin;
  },
  gradient(target, said) {
    const margin = said * target;
    if (margin >= 1) return 0;
    return margin >= -1 ? -2 * (1 - margin) * target : -4 * target;
  },
};

const squaredHinge: ClassLoss = {
  others: -1,
  value: (target, said) => Math.max(0, 1 - said * target) ** 2,
  gradient: (target, said) => -2 * target * Math.max(0, 1 - said * target),
};

/** Of classifiers, by the name of their option. */
export const CLASS_LOSSES = { hinge: hingeAt(1), logLoss, modifiedHuber, squaredHinge, perceptron: hingeAt(0) } as const satisfies Record<string, ClassLoss>;

export type ClassLossName = keyof typeof CLASS_LOSSES;

/** Of regressors, by the name of their option. @param epsilon how far off counts little, or nothing */
export const VALUE_LOSSES = {
  squaredError: () => ({ value: (target, said) => (target - said) ** 2 / 2, gradient: (target, said) => said - target }),
  huber: (epsilon) => ({
    value(target, said) {
      const off = Math.abs(target - said);
      return off <= epsilon ? off ** 2 / 2 : epsilon * (off - epsilon / 2);
    },
    gradient: (target, said) => Math.min(epsilon, Math.max(-epsilon, said - target)),
  }),
  epsilonInsensitive: (epsilon) => ({
    value: (target, said) => Math.max(0, Math.abs(target - said) - epsilon),
    gradient: (target, said) => (Math.abs(target - said) > epsilon ? Math.sign(said - target) : 0),
  }),
  squaredEpsilonInsensitive: (epsilon) => ({
    value: (target, said) => Math.max(0, Math.abs(target - said) - epsilon) ** 2,
    gradient: (target, said) => 2 * Math.sign(said - target) * Math.max(0, Math.abs(target - said) - epsilon),
  }),
} as const satisfies Record<string, (epsilon: number) => RowLoss>;

export type ValueLossName = keyof typeof VALUE_LOSSES;

/** What names a loss: threads can be told that, and no functions. */
export interface LossName {
  readonly name: ClassLossName | ValueLossName;
  readonly epsilon?: number;
}

export function lossNamed({ name, epsilon = 0 }: LossName): RowLoss {
  return name in CLASS_LOSSES ? CLASS_LOSSES[name as ClassLossName] : VALUE_LOSSES[name as ValueLossName](epsilon);
}

/** Those that make a step as long however far off a row is: what is lost in the last place of what weights say stays there. */
export const EVEN_STEPS: ReadonlySet<string> = new Set<ClassLossName | ValueLossName>(['hinge', 'perceptron', 'epsilonInsensitive']);
