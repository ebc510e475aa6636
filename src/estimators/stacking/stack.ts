// The lower layer of a stack: what several models say of rows, as features of the estimator above them. Source:
// sklearn/ensemble/_stacking.py.
import { checkNoNames } from '../../core/data/categories.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import { matrix } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, RowsOf, Transformer } from '../../dsl/estimator.ts';
import { inTurn, ofSecond } from '../combined/responses.ts';
import { knownBeside, type KnownRows } from '../combined/models.ts';
import type { FittedClassifier, FittedRegressor } from '../define/models.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** What a classifier says for the estimator above it. */
export type Method = 'predictProba' | 'decisionFunction';

export interface StackFields extends KnownRows {
  /** By name, each fitted on all rows. */
  readonly models: Readonly<Record<string, FittedClassifier | FittedRegressor>>;
  /** What each classifier is asked for; nothing of regressors. */
  readonly methods: readonly Method[];
  /** Features that the models say, and those passed through. */
  readonly outputs: number;
  readonly outputColumns?: readonly string[] | undefined;
  /** The features follow as they are meant; absent where they do not. */
  readonly passed?: Passed | undefined;
}

export interface Passed {
  readonly scaling?: Scaling | undefined;
  /** Whether they may have gaps. */
  readonly gaps: boolean;
}

/** A fitted lower layer. */
export interface Stack extends Transformer, Encodable, Pick<StackFields, 'models'> {}

export function stackModel(fields: StackFields): Stack {
  const { models, methods, outputs, outputColumns, passed } = fields;
  return {
    kind: 'transformer',
    summary: {},
    outputs,
    ...(outputColumns ? { outputColumns } : {}),
    ...knownBeside(fields),
    models,
    async transform(rows, context) {
      const said = await inTurn(Object.values(models), (model, k) => saidOf(model, methods[k], rows, context));
      const { name, x, rows: ids, columns } = rows;
      // Rows come as they were fetched, whatever was known of their scaling.
      const features = passed ? await featuresOf({ name, x, rows: ids, columns, scaling: passed.scaling }, passed) : [];
      return matrix(ids.length, outputs, sideBySide([...said, ...features], ids.length));
    },
    [encodeAs]: { type: TYPE, fields },
  };
}

const TYPE = registerType('stackModel', (fields: StackFields) => stackModel(fields));

async function saidOf(model: FittedClassifier | FittedRegressor, method: Method | undefined, rows: RowsOf, context?: Device): Promise<Float64Array> {
  if (model.kind === 'regressor') return model.predict(rows, context);
  return method === 'predictProba' ? ofSecond(await model.predictProba!(rows, context), model.classes.length) : model.decisionFunction(rows, context);
}

/** Features of rows as they are meant, `[rows][cols]`. @throws E_DATA for names, which would be taken for numbers */
export async function featuresOf(rows: RowsOf, { gaps }: Passed): Promise<readonly Float64Array[]> {
  checkNoNames('passthrough', rows);
  const out = new Float64Array(rows.rows.length * rows.x.cols);
  for await (const { x, from, cols } of featureBlocks(rows, { gaps })) out.set(x, from * cols);
  return [out];
}

/** Several `[rows][own]` as one `[rows][all]`. */
export function sideBySide(parts: readonly Float64Array[], rows: number): Float64Array {
  if (rows === 0) return new Float64Array();
  const widths = parts.map(({ length }) => length / rows);
  const cols = widths.reduce((sum, width) => sum + width, 0);
  const out = new Float64Array(rows * cols);
  let at = 0;
  parts.forEach((part, k) => {
    const width = widths[k]!;
    for (let row = 0; row < rows; row++) out.set(part.subarray(row * width, (row + 1) * width), row * cols + at);
    at += width;
  });
  return out;
}
