// What a model says of rows, whatever its kind: one number after another, as many as its kind promises, all of them finite.
import type { Dataset, Rows } from '../core/data/dataset.ts';
import { takeRows } from '../core/data/features.ts';
import type {
  AnyEvaluation,
  Classifier,
  Clusterer,
  Device,
  Kind,
  Model,
  Multilabel,
  OutlierDetector,
  Predictor,
  Regressor,
  Transformer,
} from '../dsl/estimator.ts';
import { failed } from './failing.ts';

/** Numbers of a row, and all of them. @throws naming what is missing, too short or no number */
export async function answersOf(name: string, model: Model, rows: Rows, context: Device): Promise<Float64Array> {
  const { each, numbers } = await asked(model, rows, context);
  if (!(numbers instanceof Float64Array) || numbers.length !== rows.rows.length * each) {
    const arrived = numbers instanceof Float64Array ? `${numbers.length} numbers` : 'something other than a Float64Array';
    throw failed(
      name,
      `the model gives ${arrived} for ${rows.rows.length} rows; ${each} per row are needed.`,
      `Return ${rows.rows.length * each} numbers, row after row: [rows][${each}].`,
    );
  }
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return numbers;
  throw failed(name, `the model gives ${numbers[wrong]} for row ${Math.floor(wrong / each)}; a finite number is needed.`, 'Look for a division by zero.');
}

/** What the model says, as it comes. */
export function asked(model: Model, rows: Rows, context: Device): Promise<Answers> {
  return ASK[model.kind ?? 'classifier'](model as never, rows, context);
}

interface Answers {
  readonly each: number;
  readonly numbers: unknown;
}

const ASK: Readonly<Record<Kind, (model: never, rows: Rows, context: Device) => Promise<Answers>>> = {
  classifier: async (model: Classifier, rows, context) => ({
    each: model.classes.length === 2 ? 1 : model.classes.length,
    numbers: (await model.evaluate(rows as never, 'decisions', context)).decisions,
  }),
  regressor: async (model: Regressor, rows, context) => ({ each: model.outputs, numbers: await model.predict(rows, context) }),
  multilabel: async (model: Multilabel, rows, context) => ({ each: model.labels, numbers: await model.decisionFunction(rows, context) }),
  clusterer: async (model: Clusterer, rows, context) => ({ each: model.clusters, numbers: await model.transform(rows, context) }),
  outlierDetector: async (model: OutlierDetector, rows, context) => ({ each: 1, numbers: await model.decisionFunction(rows, context) }),
  transformer: async (model: Transformer, rows, context) => {
    const made = await model.transform(rows, context);
    return { each: model.outputs, numbers: made.rows === rows.rows.length && made.cols === model.outputs ? made.data : undefined };
  },
};

/**
 * What the model says of one row by `predictRow`, and what it says of a dataset of that row alone.
 *
 * @param numbers what {@link answersOf} says of the row
 */
export async function oneRow(model: Predictor, rows: Rows, numbers: Float64Array, context: Device): Promise<readonly [readonly number[], readonly number[]]> {
  const said = await model.predictRow((await takeRows(rows.x, rows.rows)).data, context);
  switch (model.kind) {
    case 'regressor':
      return [[said.prediction].flat() as number[], [...numbers]];
    case 'multilabel':
      return [[said.prediction].flat() as number[], [...numbers.keys()].filter((label) => numbers[label]! > 0)];
    case 'clusterer': {
      const nearest = numbers.indexOf(numbers.reduce((least, value) => Math.min(least, value), Infinity));
      return [
        [said.prediction as number, said.distance ?? NaN],
        [nearest, numbers[nearest]!],
      ];
    }
    case 'outlierDetector':
      return [
        [said.prediction as number, said.decision ?? NaN],
        [numbers[0]! > 0 ? 1 : -1, numbers[0]!],
      ];
    default: {
      const { classes, classNames, evaluate } = model as Classifier;
      // A classifier may predict another class than that of its largest score; its evaluation tells.
      const { labels = classes, counts } = await evaluate(rows as Dataset, 'counts', context);
      const label = labels.find((_, code) => counts.predicted[code] === 1)!;
      const named = classNames?.indexOf(said.prediction as never) ?? -1;
      return [
        [named < 0 ? Number(said.prediction) : classes[named]!, said.decision ?? NaN],
        [label, classes.length === 2 ? numbers[0]! : numbers[classes.indexOf(label)]!],
      ];
    }
  }
}

/** Rows that an evaluation counts. */
export function rowsIn(evaluation: AnyEvaluation): number {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  switch (evaluation.of) {
    case 'values':
      return evaluation.predicted.length / evaluation.outputs;
    case 'indicators':
      return evaluation.predicted.length / evaluation.labels;
    case 'clusters':
      return sum(evaluation.sizes);
    case 'outliers':
      return evaluation.decisions.length;
    default:
      return sum(evaluation.counts.rows);
  }
}
