// What `columns` learns: the transformers of each group, and which columns they take.
import { categoriesOf, checkSameKinds } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { Dataset, Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { matrix, type Categories, type Matrix } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, RowsOf, Transformer } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { isLarge, madeAsRead } from '../../estimators/chain/asRead.ts';
import { learned, remade, through } from '../../estimators/chain/transformers.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { groupsOf, type Given } from './groups.ts';
import { besideEachOther, withoutZeros } from './parts.ts';

export interface Fields {
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
  readonly categories?: Categories | undefined;
  readonly scaling?: Scaling | undefined;
  readonly groups: readonly { readonly columns: readonly number[]; readonly transformers: readonly Transformer[] }[];
  /** Columns that stay as they are, after all groups. */
  readonly passed: readonly number[];
  readonly outputColumns: readonly string[];
  /** Set where most features come without their zeros, and all are numbers. */
  readonly sparse?: true | undefined;
}

/** How many columns without their zeros there must be to each other one: what is not 0 takes more room in them. */
const LEAST_SPARSE_EACH = 4;

type Learning = Dataset<'train', Features, 'none'>;

/** @param job shown in errors */
export async function learnColumns(given: readonly Given[], data: Learning, job: string, context: StageContext): Promise<Fields> {
  const { cols } = data.x;
  const names = inputColumns({ cols, columns: data.columns });
  const categories = categoriesOf(data.x);
  const { groups, passed } = groupsOf(given, data.name, names, (column) => (categories?.[column] ?? null) !== null);
  const learnedGroups: Fields['groups'][number][] = [];
  const made: string[] = [];
  // What codes mean to the transformers that take them: a text is none that a model keeps.
  const kept = categories?.slice();
  let [short, named] = [0, passed.some((column) => categories?.[column])];
  for (const { columns, steps } of groups) {
    const transformers: Transformer[] = [];
    const x = isLarge(data) ? await madeAsRead(data, (some) => picked(some, columns)) : await picked(data, columns);
    let rows = withColumns(data, x, columns, names);
    for (const step of steps) {
      const model = await learned(step, rows, { name: job }, context);
      rows = await through([model], rows, context);
      transformers.push(model);
    }
    if (kept && transformers[0]?.categories) columns.forEach((column, j) => (kept[column] = transformers[0]!.categories![j]!));
    if ('indptr' in rows.x) short += rows.x.cols;
    named ||= categoriesOf(rows.x) !== undefined;
    learnedGroups.push({ columns, transformers });
    for (const name of inputColumns({ cols: rows.x.cols, columns: rows.columns })) made.push(name);
  }
  const others = made.length - short + passed.length;
  return {
    cols,
    ...(data.columns ? { columns: data.columns } : {}),
    ...(kept ? { categories: kept } : {}),
    ...(data.scaling ? { scaling: data.scaling } : {}),
    groups: learnedGroups,
    passed,
    outputColumns: [...made, ...passed.map((column) => names[column]!)],
    ...(short > LEAST_SPARSE_EACH * others && !named ? { sparse: true } : {}),
  };
}

export function columnsModel(fields: Fields): Transformer & Encodable {
  const { cols, columns, categories: fitted, scaling, groups, passed, outputColumns, sparse } = fields;
  const outputs = outputColumns.length;
  /** What each group makes of rows, one after the other, then the columns that stay. */
  async function* partsOf(given: RowsOf, context: Device | undefined): AsyncGenerator<Features, void> {
    checkColumns(given.name, { cols: given.x.cols, columns: given.columns }, { cols, columns });
    checkSameKinds(given, fitted);
    const data = { ...given, scaling } as Learning;
    const names = inputColumns({ cols, columns });
    for (const { columns: own, transformers } of [...groups, ...(passed.length > 0 ? [{ columns: passed, transformers: [] }] : [])])
      yield (await through(transformers, withColumns(data, await picked(data, own), own, names), context)).x;
  }
  return {
    kind: 'transformer',
    summary: { columns: outputs },
    takes: ['gaps', 'categories'],
    ...(columns ? { columns } : {}),
    ...(fitted ? { categories: fitted } : {}),
    outputs,
    outputColumns,
    transform: async (given, context) => besideEachOther(partsOf(given, context), given.rows.length, outputs),
    ...(sparse ? { sparse: async (given: RowsOf, context?: Device) => withoutZeros(partsOf(given, context), given.rows.length, outputs) } : {}),
    [encodeAs]: { type: TYPE, fields },
  };
}

const TYPE = registerType('columnsModel', (fields: Fields) => columnsModel(fields));

/** Some columns of the rows, as they are meant; gaps stay. */
async function picked(data: Learning, columns: readonly number[]): Promise<Matrix<'f64'>> {
  const out = new Float64Array(data.rows.length * columns.length);
  for await (const { from, rows, cols, x } of featureBlocks(data, { gaps: true })) {
    for (let row = 0; row < rows; row++) columns.forEach((column, j) => (out[(from + row) * columns.length + j] = x[row * cols + column]!));
  }
  const categories = categoriesOf(data.x);
  const x = matrix(data.rows.length, columns.length, out);
  const own = columns.map((column) => categories?.[column] ?? null);
  return own.some((one) => one) ? { ...x, categories: own } : x;
}

/** The rows with some of their columns alone, and the target. */
function withColumns(data: Learning, x: Features, columns: readonly number[], names: readonly string[]): Learning {
  return remade(
    data,
    x,
    columns.map((column) => names[column]!),
  );
}
