// A saved model of a table with gaps and names, for tests of what asks it.
import { stageContext } from './smallSets.ts';
import { chain, columns, impute, logisticRegression, oneHot, penguins, standardize } from '../../src/api.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { FileStore } from '../../src/core/files.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { saveModel } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

export interface Penguins {
  readonly rows: Dataset<'train', Matrix>;
  readonly model: FittedClassifier;
  readonly context: ReturnType<typeof stageContext>;
  /** A file: a line of names, and a line for each row, gaps empty. @param order of the columns */
  csv(order?: readonly string[]): string;
}

/** Fits the model and writes it to `file`. */
export async function penguinModel(file: string): Promise<Penguins> {
  const all = (await penguins().load({} as FileStore, {})) as Dataset<'all', Matrix>;
  const rows = { ...all, role: 'train' } as Dataset<'train', Matrix>;
  const estimator = chain(columns({ numbers: [impute(), standardize()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] }), logisticRegression());
  const context = stageContext(new ReferenceCompute());
  const [trained] = await estimator.train(rows as never, [{ name: 'fit' }], {}, context);
  const model = trained!.model as never as FittedClassifier;
  await saveModel(file, model);
  const names = rows.columns!;
  const cell = (row: number, name: string): string => {
    const j = names.indexOf(name);
    const value = rows.x.data[row * rows.x.cols + j]!;
    if (Number.isNaN(value)) return '';
    return rows.x.categories?.[j]?.[value] ?? String(value);
  };
  const csv = (order: readonly string[] = names): string =>
    [order.join(','), ...Array.from(rows.rows, (row) => order.map((name) => (names.includes(name) ? cell(row, name) : `${name} ${row}`)).join(','))].join('\n');
  return { rows, model, context, csv };
}
