import type { TargetKind } from '../core/data/dataset.ts';

/** The target that models of each kind are fitted on. */
export const targetByKind = {
  classifier: 'classes',
  regressor: 'values',
  multilabel: 'indicators',
  clusterer: 'none',
  outlierDetector: 'none',
  transformer: 'none',
} as const satisfies Record<string, TargetKind>;

/** What a model is for. */
export type Kind = keyof typeof targetByKind;

/** As messages name it. */
export const aKind = (kind: Kind): string => (kind === 'outlierDetector' ? 'an outlier detector' : `a ${kind}`);
