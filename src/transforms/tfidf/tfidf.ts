// Texts as weights of their words.
import { categoriesOf } from '../../core/data/categories.ts';
import { columnCalled } from '../../core/data/columns.ts';
import { denseOf, type CsrMatrix } from '../../core/data/csr.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { eachColumn, inputColumns } from '../levels/columnValues.ts';
import { codeWithoutName } from '../levels/unknownLevel.ts';
import { countsOf, termsOf } from './terms.ts';

export interface TfidfOptions {
  /** How many words in a row a term may have, `[least, most]`. Default `[1, 1]`. */
  readonly ngramRange?: readonly [number, number] | undefined;
  /** Terms in fewer training rows are left out; below 1, a share of the rows. Default 1. */
  readonly minDf?: number | undefined;
  /** Terms in more training rows are left out; 1 or below, a share of the rows. Default 1. */
  readonly maxDf?: number | undefined;
  /** Words that are left out, in lower case. Default none. */
  readonly stopWords?: readonly string[] | undefined;
  /** Whether terms that few rows have weigh more. Default true. */
  readonly useIdf?: boolean | undefined;
  /** Whether a term counts `1 + log(n)` where it is there n times. Default false. */
  readonly sublinearTf?: boolean | undefined;
  /** What becomes 1 in each row: the root of the sum of squares (`l2`, default), the sum (`l1`), or nothing: counts stay counts. */
  readonly norm?: 'l1' | 'l2' | 'none' | undefined;
}

const size = z.int().min(1);
const params = z.strictObject({
  ngramRange: z
    .tuple([size, size])
    .refine(([least, most]) => least <= most, { error: 'needs [least, most], the least first' })
    .default([1, 1])
    .describe('words in a row that a term may have'),
  minDf: z.number().min(0).default(1).describe('terms in fewer training rows are left out; below 1, a share'),
  maxDf: z.number().min(0).default(1).describe('terms in more training rows are left out; 1 or below, a share'),
  stopWords: z.array(z.string()).default([]).describe('words that are left out'),
  useIdf: z.boolean().default(true).describe('whether terms that few rows have weigh more'),
  sublinearTf: z.boolean().default(false).describe('whether a term counts 1 + log(n) where it is there n times'),
  norm: z.enum(['l1', 'l2', 'none']).default('l2').describe('what becomes 1 in each row'),
} satisfies ShapeOf<TfidfOptions>);

export interface Fields {
  readonly options: Readonly<Pick<z.output<typeof params>, 'ngramRange' | 'stopWords' | 'sublinearTf' | 'norm'>>;
  /** Of each column, ascending. */
  readonly terms: readonly (readonly string[])[];
  /** What each term weighs, `[terms]` for each column. */
  readonly idf: readonly Float64Array[];
}

/**
 * `sklearn.feature_extraction.text.TfidfVectorizer`: counts the words of a text, and weighs each by how few training rows have it. A
 * column of texts is a `category()`. With `useIdf: false, norm: 'none'` it is `CountVectorizer`. Several columns are made apart.
 *
 * Rows `[rows, cols]` become `[rows, terms of all columns]`, without their zeros (`csr`), with names such as `title_gpu`. A model has
 * `fields.terms` and `fields.idf`, a list for each column; of the texts it keeps no more than their terms. A word that no training row
 * has counts nothing.
 *
 * @throws E_DATA for a column of numbers, a gap, and a column without any term
 * @example
 * fit(chain(columns({ title: tfidf({ minDf: 2 }), numbers: standardize() }), logisticRegression()));
 */
export const tfidf = defineEstimator<TfidfOptions>()({
  name: 'tfidf',
  kind: 'transformer',
  takes: ['categories'],
  texts: true,
  params,
  async train(rows, { minDf, maxDf, useIdf, ...options }): Promise<Fields> {
    const count = rows.rows.length;
    const [fewest, most] = [minDf < 1 ? minDf * count : minDf, maxDf <= 1 ? maxDf * count : maxDf];
    const terms: string[][] = [];
    const idf: Float64Array[] = [];
    for await (const { column, values } of eachColumn(rows)) {
      const found = termsByCode(rows, column, options);
      const having = new Map<string, number>();
      for (const code of values) for (const term of found(code).keys()) having.set(term, (having.get(term) ?? 0) + 1);
      const own = [...having.keys()].filter((term) => having.get(term)! >= fewest && having.get(term)! <= most).sort();
      if (own.length === 0) {
        const called = columnCalled(column, rows.columns);
        throw new PipelineError('E_DATA', `tfidf: ${called} of ${rows.name} has ${having.size === 0 ? 'no words' : 'no term in as many rows as asked for'}.`, {
          hint: having.size === 0 ? 'A word has two letters or digits at least; short codes are names: oneHot().' : 'Lower minDf, or raise maxDf.',
        });
      }
      terms.push(own);
      idf.push(Float64Array.from(own, (term) => (useIdf ? Math.log((1 + count) / (1 + having.get(term)!)) + 1 : 1)));
    }
    return { options, terms, idf };
  },
  outputs: ({ terms }) => terms.reduce((sum, own) => sum + own.length, 0),
  outputColumns(model) {
    const names = inputColumns(model);
    return model.terms.flatMap((own, j) => own.map((term) => `${names[j]}_${term}`));
  },
  scores: async (model, rows) => denseOf(await weighted(model, rows)),
  sparse: weighted,
});

async function weighted({ options, terms, idf }: Fields, rows: RowsOf): Promise<CsrMatrix<'f64'>> {
  const positions = terms.map((own) => new Map(own.map((term, position) => [term, position])));
  const starts: number[] = [];
  let outputs = 0;
  for (const own of terms) {
    starts.push(outputs);
    outputs += own.length;
  }
  const weights = terms.map((_, j) => {
    const found = termsByCode(rows, j, options);
    const known = new Map<number, readonly (readonly [number, number])[]>();
    return (code: number) => {
      const own = known.get(code) ?? rowOf(found(code), positions[j]!, idf[j]!, options);
      known.set(code, own);
      return own;
    };
  });
  const indptr = new Uint32Array(rows.rows.length + 1);
  const [indices, values]: [number[], number[]] = [[], []];
  for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
    for (let row = 0; row < here; row++) {
      for (let j = 0; j < cols; j++) {
        for (const [position, weight] of weights[j]!(x[row * cols + j]!)) {
          indices.push(starts[j]! + position);
          values.push(weight);
        }
      }
      indptr[from + row + 1] = indices.length;
    }
  }
  return { rows: rows.rows.length, cols: outputs, dtype: 'f64', indptr, indices: Uint32Array.from(indices), values: Float64Array.from(values) };
}

/** Positions and weights of the terms of one text, ascending. */
function rowOf(
  counts: ReadonlyMap<string, number>,
  positions: ReadonlyMap<string, number>,
  idf: Float64Array,
  { sublinearTf, norm }: Fields['options'],
): readonly (readonly [number, number])[] {
  const own: (readonly [number, number])[] = [];
  for (const [term, count] of counts) {
    const position = positions.get(term);
    if (position !== undefined) own.push([position, (sublinearTf ? 1 + Math.log(count) : count) * idf[position]!]);
  }
  own.sort(([a], [b]) => a - b);
  const sum = own.reduce((sum, [, weight]) => sum + (norm === 'l2' ? weight ** 2 : weight), 0);
  const length = norm === 'none' ? 1 : norm === 'l2' ? Math.sqrt(sum) : sum;
  return own.map(([position, weight]) => [position, weight / length]);
}

/** The terms of the text that a code of a column stands for. @throws E_DATA for a column of numbers */
function termsByCode(rows: RowsOf, column: number, { ngramRange, stopWords }: Pick<Fields['options'], 'ngramRange' | 'stopWords'>) {
  const texts = categoriesOf(rows.x)?.[column];
  if (!texts) {
    throw new PipelineError('E_DATA', `tfidf takes texts; ${columnCalled(column, rows.columns)} of ${rows.name} holds numbers.`, {
      hint: 'Give it the columns of texts alone, each a category(): columns({ title: tfidf() }).',
    });
  }
  const wanted = { ngramRange, stopWords: new Set(stopWords) };
  const known = new Map<number, ReadonlyMap<string, number>>();
  return (code: number): ReadonlyMap<string, number> => {
    const text = texts[code];
    if (text === undefined) throw codeWithoutName('tfidf', rows, code, column, rows.columns);
    const own = known.get(code) ?? countsOf(termsOf(text, wanted));
    known.set(code, own);
    return own;
  };
}
