// What can be told of the state without touching data: shapes, dtypes, roles, classes. `pipeline check` carries facts
// through the graph as a run carries values, and a graph's edges show them.
import type { Role } from '../core/dataset.ts';
import type { Dtype } from '../core/matrix.ts';

/** Of a dataset. Fields that cannot be known before a run are absent. */
export interface DatasetFact {
  readonly type: 'dataset';
  readonly name: string;
  readonly role: Role;
  /** Rows of `x`, as fetched: row ids are below this. */
  readonly fetched?: number | undefined;
  /** Rows of this dataset. */
  readonly rows?: number | undefined;
  readonly cols?: number | undefined;
  readonly dtype?: Dtype | undefined;
  /** Labels that rows may have, ascending. */
  readonly classes?: readonly number[] | undefined;
  readonly picture?: { readonly width: number; readonly height: number } | undefined;
}

/** Of a fitted model. */
export interface ModelFact {
  readonly type: 'model';
  readonly estimator: string;
  readonly cols?: number | undefined;
  readonly classes?: readonly number[] | undefined;
}

/** Of a branch or a fan-out: facts by key, for each branch. */
export interface GroupFact {
  readonly type: 'group';
  readonly branches: Readonly<Record<string, Facts>>;
}

export interface ValueFact {
  readonly type: 'value';
  /** How the value is called on an edge, for example `score`. */
  readonly name: string;
}

export type Fact = DatasetFact | ModelFact | GroupFact | ValueFact;
export type Facts = Readonly<Record<string, Fact>>;

/** The dataset fact under `key`, where there is one. */
export function datasetFact(facts: Facts, key: string): DatasetFact | undefined {
  const fact = facts[key];
  return fact?.type === 'dataset' ? fact : undefined;
}
