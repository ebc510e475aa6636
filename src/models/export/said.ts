// What a model says of rows, as values of a graph; by kind of model.
import type { ClassName } from '../../core/data/dataset.ts';
import type { GraphBuilder, Value } from './builder.ts';

/** A column of features on its way through transformers. */
export interface Column {
  /** The input that it is, unchanged but for scalings and for gaps that were filled. */
  readonly input?: number | undefined;
  /** What was taken from the input, and what that was multiplied by, in turn. */
  readonly scalings?: readonly { readonly shift: number; readonly factor: number }[] | undefined;
  /** Of a column of names: what codes mean, the same list for all columns of one input. A name that is none of these has the code -1. */
  readonly names?: string[] | undefined;
  /** Set where float32 loses what tells rows apart by the input. */
  readonly float64?: true | undefined;
  /** Set where gaps were filled. */
  readonly filled?: true | undefined;
}

export interface Features {
  /** `[rows, columns]` */
  readonly x: Value;
  readonly columns: readonly Column[];
}

export interface ClassesSaid {
  readonly kind: 'classifier';
  readonly classes: readonly number[];
  readonly classNames?: readonly ClassName[] | undefined;
  readonly binarized?: boolean | undefined;
  /** `[rows, 1]` for two classes, above 0 for the second; else `[rows, classes]`. */
  readonly decisions: Value;
  /** Position of the class predicted, `[rows]`. */
  readonly codes: Value;
  /** `[rows, classes]` */
  readonly probabilities?: Value | undefined;
  readonly response?: 'probabilities' | undefined;
}

export interface ValuesSaid {
  readonly kind: 'regressor';
  /** `[rows, outputs]` */
  readonly values: Value;
  readonly outputs: number;
}

export interface LabelsSaid {
  readonly kind: 'multilabel';
  readonly labels: number;
  /** `[rows, labels]`, above 0 for a label. */
  readonly decisions: Value;
  /** `[rows, labels]`, 1 for a label. */
  readonly bits: Value;
}

export interface ClustersSaid {
  readonly kind: 'clusterer';
  readonly clusters: number;
  /** `[rows, clusters]` */
  readonly distances: Value;
}

export interface OutliersSaid {
  readonly kind: 'outlierDetector';
  /** `[rows, 1]` */
  readonly decisions: Value;
}

export interface FeaturesSaid extends Features {
  readonly kind: 'transformer';
}

export type Said = ClassesSaid | ValuesSaid | LabelsSaid | ClustersSaid | OutliersSaid | FeaturesSaid;

/** What fields of all models of one type of classifier have. */
export interface KnownClasses {
  readonly classes: readonly number[];
  readonly classNames?: readonly ClassName[] | undefined;
  readonly binarized?: boolean | undefined;
}

/** Where a graph is made, and what may be asked of it. */
export interface Exporting {
  readonly b: GraphBuilder;
  /** What any model says of rows. @throws E_UNSUPPORTED for one that has no exporter */
  say(model: object, rows: Features): Promise<Said>;
  /** Says of columns that the model refuses gaps in them. */
  needsValues(rows: Features): void;
  /** Says of a column that the model refuses all else than these. */
  needsOneOf(column: Column, levels: readonly (string | number)[]): void;
  /**
   * Numbers to compare a column with: as they are, or rounded as what comes in is.
   *
   * @param kind 'exact' for those that must tell a row from its neighbours: levels, a threshold of the user
   * @throws E_USAGE where rounding leaves too little of them
   */
  comparedWith(column: Column, values: ArrayLike<number>, kind: 'edges' | 'exact'): readonly number[];
}

/** Makes what models of one type say of rows. @param F fields of the models, as they are saved */
export type Exporter<F = never> = (to: Exporting, fields: F, rows: Features) => Said | Promise<Said>;
