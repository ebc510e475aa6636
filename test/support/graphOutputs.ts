// What a fitted model says of rows, by the names that its graph gives it.
import { categoriesOf } from '../../src/core/data/categories.ts';
import { takeRows } from '../../src/core/data/features.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { ClassName } from '../../src/core/data/dataset.ts';
import type { Clusterer, Device, Model, Multilabel, OutlierDetector, Regressor, RowsOf, Transformer } from '../../src/dsl/estimator.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';

export interface SaidOutputs {
  readonly label?: readonly ClassName[];
  /** `[rows][numbers]` each, by name of the output. */
  readonly numbers: Readonly<Record<string, ArrayLike<number>>>;
}

export async function outputsOfModel(model: Model, rows: RowsOf, context: Device): Promise<SaidOutputs> {
  const { kind = 'classifier' } = model;
  switch (kind) {
    case 'classifier': {
      const one = model as FittedClassifier & { readonly binarized?: boolean };
      const codes = new Map(one.classes.map((label, code) => [label, code]));
      const names = (await isBinarized(one, rows, context)) ? [false, true] : (one.classNames ?? one.classes);
      return {
        label: Array.from(await one.predict(rows, context), (label) => names[codes.get(label)!]!),
        numbers: {
          ...(one.predictProba ? { probabilities: await one.predictProba(rows, context) } : {}),
          scores: await one.decisionFunction(rows, context),
        },
      };
    }
    case 'regressor':
      return { numbers: { variable: await (model as Regressor).predict(rows, context) } };
    case 'multilabel': {
      const one = model as Multilabel;
      return { label: Array.from(await one.predict(rows, context)), numbers: { scores: await one.decisionFunction(rows, context) } };
    }
    case 'clusterer': {
      const one = model as Clusterer;
      return { label: Array.from(await one.predict(rows, context)), numbers: { scores: await one.transform(rows, context) } };
    }
    case 'outlierDetector': {
      const one = model as OutlierDetector;
      return { label: Array.from(await one.predict(rows, context)), numbers: { scores: await one.decisionFunction(rows, context) } };
    }
    default:
      return { numbers: { transformed: (await (model as Transformer).transform(rows, context)).data } };
  }
}

async function isBinarized(model: FittedClassifier, { x, rows }: RowsOf, context: Device): Promise<boolean> {
  const { data } = await takeRows(x, rows.subarray(0, 1));
  return typeof (await model.predictRow(data, context, categoriesOf(x))).prediction === 'boolean';
}

export function rowsFrom(data: Float64Array, cols: number, more: Partial<RowsOf> = {}): RowsOf {
  const rows = data.length / cols;
  return { name: 'the rows', x: matrix(rows, cols, data), rows: Uint32Array.from({ length: rows }, (_, i) => i), ...more };
}
