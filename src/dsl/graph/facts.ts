// What can be told of the state without touching data: shapes, dtypes, roles, classes. `pipeline check` carries facts
// through the graph as a run carries values, and a graph's edges show them.
import { checkColumns } from '../../core/data/columns.ts';
import type { Role, RowsFact } from '../../core/data/dataset.ts';
import type { Kind } from '../kind.ts';

/** Of a dataset. Fields that cannot be known before a run are absent. */
export interface DatasetFact extends RowsFact {
  readonly type: 'dataset';
  readonly name: string;
  readonly role: Role;
  /** Rows of `x`, as fetched: row ids are below this. `rows` are those of this dataset. */
  readonly fetched?: number | undefined;
}

/** Of a fitted model. */
export interface ModelFact {
  readonly type: 'model';
  readonly estimator: string;
  /** Absent for classifiers. */
  readonly kind?: Kind | undefined;
  readonly cols?: number | undefined;
  /** What the columns are called, where that is known. */
  readonly columns?: readonly string[] | undefined;
  readonly classes?: readonly number[] | undefined;
  /** Models trained at once, folds and grid points included. */
  readonly models?: number | undefined;
  /** Bytes of each buffer that the training has on the device, by what it holds. */
  readonly buffers?: Readonly<Record<string, number>> | undefined;
}

/** Of a branch: facts of what it adds, by key. Of a fan-out: a group for each value, by position. */
export interface GroupFact {
  readonly type: 'group';
  readonly facts: Facts;
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

/** The model fact under `key`, where there is one. */
export function modelFact(facts: Facts, key: string): ModelFact | undefined {
  const fact = facts[key];
  return fact?.type === 'model' ? fact : undefined;
}

/** @throws E_SHAPE where the rows under `key` have other columns than the model was fitted on, as far as both are known */
export function checkFittedColumns(facts: Facts, key: string): void {
  const { name, cols, columns } = datasetFact(facts, key) ?? {};
  const fitted = modelFact(facts, 'model');
  if (name === undefined || cols === undefined || fitted?.cols === undefined) return;
  checkColumns(name, { cols, columns }, { cols: fitted.cols, columns: fitted.columns });
}
