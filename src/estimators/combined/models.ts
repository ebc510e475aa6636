// Models that are made of others. They are fields beside what is known of the rows, so that saving and the cache take them along.
import { categoriesOf } from '../../core/data/categories.ts';
import { called, listed, nameOf } from '../../core/data/classNames.ts';
import { labelsOf, type ClassName, type Dataset, type TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { distinctLabels } from '../../core/data/labels.ts';
import type { Categories } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Device, Predictor, RowsOf, Takes } from '../../dsl/estimator.ts';
import { classifierOf, regressorOf, type FittedClassifier, type FittedRegressor, type Says } from '../define/models.ts';

/** What is known of the rows that a combination was fitted on. */
export interface KnownRows {
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
  readonly categories?: Categories | undefined;
  readonly takes?: readonly Takes[] | undefined;
}

export interface KnownClasses extends KnownRows {
  /** Labels, ascending. */
  readonly classes: readonly number[];
  readonly classNames?: readonly ClassName[] | undefined;
  readonly binarized?: true;
}

export function knownOf<T extends TargetKind>({ x, columns }: Dataset<'train', Features, T>, takes: readonly Takes[] | undefined): KnownRows {
  const categories = categoriesOf(x);
  return { cols: x.cols, ...(columns ? { columns } : {}), ...(categories ? { categories } : {}), ...(takes ? { takes } : {}) };
}

/** @param owner for the error @throws E_CLASS for rows of one class alone */
export function knownClasses(owner: string, rows: Dataset<'train'>, takes: readonly Takes[] | undefined): KnownClasses {
  const classes = distinctLabels(labelsOf(rows));
  if (classes.length < 2) {
    throw new PipelineError('E_CLASS', `${owner} needs at least two classes; it trains only on rows of ${called(classes, rows.classNames)} of ${rows.name}.`, {
      hint: 'Train on rows of at least two classes, in each fold.',
    });
  }
  const binarized = rows.positive !== undefined;
  const names = rows.classNames && !binarized ? { classNames: classes.map((label) => nameOf(label, rows.classNames)) } : {};
  return { ...knownOf(rows, takes), classes, ...names, ...(binarized ? { binarized } : {}) };
}

/** A model with its fields. */
export type Combined<M, F> = M & Encodable & { readonly fields: F };

/** What a combination made in rounds says after each of them. */
interface Staged {
  readonly staged?: (rows: RowsOf, context?: Device) => AsyncIterable<Float64Array>;
}

type SaidOfClasses = Staged &
  Pick<Parameters<typeof classifierOf>[0], 'decisionFunction' | 'predictions' | 'probabilities' | 'response'> & {
    readonly summary?: JsonRecord;
  };

/** How classifiers of a combination are made of their fields. They are read from files by its name. */
export function combinedClassifier<F extends object, M extends FittedClassifier = FittedClassifier>(
  name: string,
  says: (fields: F & KnownClasses) => SaidOfClasses,
): (fields: F & KnownClasses) => Combined<M, F & KnownClasses> {
  const type = `${name}Model`;
  const make = (fields: F & KnownClasses): Combined<M, F & KnownClasses> => {
    const { classes, classNames, binarized, categories } = fields;
    const { summary, staged, ...said } = says(fields);
    const modelOf = (other?: { readonly decisionFunction: Says }): FittedClassifier =>
      classifierOf({ classes, classNames, binarized, categories, ...said, ...other, summary: { classes: listed(fields), ...summary } });
    const inRounds = inRoundsOf(staged, (decisionFunction) => modelOf({ decisionFunction }));
    return { ...modelOf(), ...inRounds, ...knownBeside(fields), fields, [encodeAs]: { type, fields } } as never;
  };
  registerType(type, make);
  return make;
}

/** The same of regressors. */
export function combinedRegressor<F extends object>(
  name: string,
  says: (fields: F & KnownRows) => Staged & Omit<Parameters<typeof regressorOf>[0], 'summary'> & { readonly summary?: JsonRecord },
): (fields: F & KnownRows) => Combined<FittedRegressor, F & KnownRows> {
  const type = `${name}Model`;
  const make = (fields: F & KnownRows): Combined<FittedRegressor, F & KnownRows> => {
    const { summary = {}, staged, ...own } = says(fields);
    const said = { categories: fields.categories, ...own, summary };
    const inRounds = inRoundsOf(staged, (predict) => regressorOf({ ...said, predict }));
    return { ...regressorOf(said), ...inRounds, ...knownBeside(fields), fields, [encodeAs]: { type, fields } };
  };
  registerType(type, make);
  return make;
}

/** @param made the model of one round, by what it says */
function inRoundsOf(staged: Staged['staged'], made: (said: Says) => Predictor): Pick<Predictor, 'stagedEvaluate'> {
  if (!staged) return {};
  return {
    async *stagedEvaluate(data, need, context) {
      for await (const said of staged(data, context)) yield made(async () => said).evaluate(data, need, context);
    },
  };
}

/** What a model tells beside what it says of rows. */
export function knownBeside({ columns, categories, takes }: Omit<KnownRows, 'cols'>): Omit<KnownRows, 'cols'> {
  return { ...(columns ? { columns } : {}), ...(categories ? { categories } : {}), ...(takes ? { takes } : {}) };
}
