// What `columns` learns: the transformers of each group, and which columns they take.
import { categoriesOf, checkSameKinds } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { Dataset, Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { matrix, type Categories, type Matrix } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, RowsOf, Transformer } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { learned, remade, through } from '../../estimators/chain/transformers.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { groupsOf, type Given } from './groups.ts';

interface Fields {
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
  readonly categories?: Categories | undefined;
  readonly scaling?: Scaling | undefined;
  readonly groups: readonly { readonly columns: readonly number[]; readonly transformers: readonly Transformer[] }[];
  /** Columns that stay as they are, after all groups. */
  readonly passed: readonly number[];
  readonly outputColumns: readonly string[];
}

type Learning = Dataset<'train', Features, 'none'>;

/** @param job shown in errors */
export async function learnColumns(given: readonly Given[], data: Learning, job: string, context: StageContext): Promise<Fields> {
  const { cols } = data.x;
  const names = inputColumns({ cols, columns: data.columns });
  const categories = categoriesOf(data.x);
  const { groups, passed } = groupsOf(given, data.name, names, (column) => (categories?.[column] ?? null) !== null);
  const learnedGroups: Fields['groups'][number][] = [];
  const made: string[] = [];
  for (const { columns, steps } of groups) {
    const transformers: Transformer[] = [];
    let rows: Learning = await picked(data, columns, names);
    for (const step of steps) {
      const model = await learned(step, rows, { name: job }, context);
      rows = await through([model], rows, context);
      transformers.push(model);
    }
    learnedGroups.push({ columns, transformers });
    made.push(...inputColumns({ cols: rows.x.cols, columns: rows.columns }));
  }
  return {
    cols,
    ...(data.columns ? { columns: data.columns } : {}),
    ...(categories ? { categories } : {}),
    ...(data.scaling ? { scaling: data.scaling } : {}),
    groups: learnedGroups,
    passed,
    outputColumns: [...made, ...passed.map((column) => names[column]!)],
  };
}

export function columnsModel(fields: Fields): Transformer & Encodable {
  const { cols, columns, categories: fitted, scaling, groups, passed, outputColumns } = fields;
  const outputs = outputColumns.length;
  return {
    kind: 'transformer',
    summary: { columns: outputs },
    takes: ['gaps', 'categories'],
    ...(columns ? { columns } : {}),
    ...(fitted ? { categories: fitted } : {}),
    outputs,
    outputColumns,
    async transform(given: RowsOf, context?: Device): Promise<Matrix<'f64'>> {
      checkColumns(given.name, { cols: given.x.cols, columns: given.columns }, { cols, columns });
      checkSameKinds(given, fitted);
      const data = { ...given, scaling } as Learning;
      const names = inputColumns({ cols, columns });
      const count = data.rows.length;
      const out = new Float64Array(count * outputs);
      const categories: (readonly string[] | null)[] = [];
      let at = 0;
      for (const { columns: own, transformers } of [...groups, ...(passed.length > 0 ? [{ columns: passed, transformers: [] }] : [])]) {
        const { x } = await through(transformers, await picked(data, own, names), context);
        const { data: values, cols: wide } = x as Matrix;
        for (let row = 0; row < count; row++) for (let j = 0; j < wide; j++) out[row * outputs + at + j] = values[row * wide + j]!;
        categories.push(...(categoriesOf(x) ?? Array.from({ length: wide }, () => null)));
        at += wide;
      }
      const made = matrix(count, outputs, out);
      return categories.some((one) => one) ? { ...made, categories } : made;
    },
    [encodeAs]: { type: 'columnsModel', fields },
  };
}

registerType('columnsModel', (fields: Fields) => columnsModel(fields));

/** Some columns of the rows, as they are meant, with the target; gaps stay. */
async function picked(data: Learning, columns: readonly number[], names: readonly string[]): Promise<Learning> {
  const out = new Float64Array(data.rows.length * columns.length);
  for await (const { from, rows, cols, x } of featureBlocks(data, { gaps: true })) {
    for (let row = 0; row < rows; row++) columns.forEach((column, j) => (out[(from + row) * columns.length + j] = x[row * cols + column]!));
  }
  const categories = categoriesOf(data.x);
  const x = matrix(data.rows.length, columns.length, out);
  const own = columns.map((column) => categories?.[column] ?? null);
  return remade(
    data,
    own.some((one) => one) ? { ...x, categories: own } : x,
    columns.map((column) => names[column]!),
  );
}
