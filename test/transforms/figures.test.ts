// Transforms against scikit-learn 1.9 (fixtures/transforms.json): learned from the even rows, asked of the odd ones.
import { expect, test } from 'vitest';
import figures from '../fixtures/transforms.json' with { type: 'json' };
import * as api from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Transformer } from '../../src/dsl/estimator.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectNear, figureSet, fitted, half } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = new ReferenceCompute();

type Row = (typeof figures.rows)[number];
type Fields = { readonly fields: Readonly<Record<string, unknown>> };

/** A power is where the likelihood is flat: the last digits of sums decide about the seventh of it. */
const near = (name: string, value: number): number => (name === 'power' ? 1e-6 : 1e-10) * Math.max(1, Math.abs(value));

/** With gaps, or cut to whole numbers, as make_transforms.py makes them. */
function setOf(data: string) {
  const [base, part] = (data === 'one row' ? 'iris' : data).split(', ') as [string, string | undefined];
  const set = base.startsWith('iris') || base === 'digits' ? figureSet(base) : valuedSet(base);
  const step = base === 'iris of two classes' ? 2 : 1;
  const made = (value: number, at: number): number => (part === 'whole' ? Math.floor(value / step) : (at % 7) % 5 === 3 ? NaN : value);
  return part === undefined ? set : { ...set, x: matrix(set.x.rows, set.x.cols, Float64Array.from(set.x.data, made)) };
}

async function modelOf({ name, options, data }: Row) {
  const set = setOf(data);
  const train = data === 'one row' ? { ...set, rows: Uint32Array.of(0) } : half(set, 0);
  const made = (api as never as Readonly<Record<string, (options: object) => never>>)[name]!(options);
  // What scales is a transformer in a group of columns.
  const transformer = (['standardize', 'minMax', 'maxAbs', 'robust'].includes(name) ? api.columns({ numbers: made }) : made) as never;
  return { set, model: await fitted<Transformer & Fields>(transformer, train, compute) };
}

test.each(figures.rows.map((row) => [row.name, JSON.stringify(row.options), row.data, row] as const))('%s %s of %s', async (name, _options, _data, row) => {
  const { set, model } = await modelOf(row);
  expect(model.outputColumns).toEqual(name === 'kBins' || name === 'oneHot' ? row.names.map((one) => one.replace(/\.0$/, '')) : row.names);
  const { data, cols } = await model.transform(half(set, 1), stageContext(compute));
  row.first3.forEach((wanted, i) =>
    wanted.forEach((value, j) => expect(Math.abs(data[i * cols + j]! - value), `row ${i}, column ${j}`).toBeLessThanOrEqual(near(name, value))),
  );
  row.sums.forEach((sum, j) => {
    let found = 0;
    for (let at = j; at < data.length; at += cols) found += data[at]!;
    expect(Math.abs(found - sum), `sum of column ${j}`).toBeLessThanOrEqual(set.rows.length * near(name, sum));
  });
  for (const [theirs, ours] of Object.entries({ lambdas: 'powers', scores: 'scores', variances: 'variances' })) {
    const wanted = (row as Readonly<Record<string, unknown>>)[theirs] as readonly (number | null)[] | undefined;
    // Of constant columns scikit-learn has the range where that is less than the variance.
    if (theirs === 'variances' && (row.options as { readonly threshold?: number }).threshold === undefined) continue;
    const found = wanted && (model.fields[ours] as Float64Array);
    wanted?.forEach((value, j) => {
      if (value === null) expect(found![j]).toBeNaN();
      else expect(Math.abs(found![j]! - value), `${ours} of column ${j}`).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
    });
  }
  const { edges } = row as { readonly edges?: readonly (readonly number[])[] };
  edges?.forEach((own, j) => expectNear((model.fields['edges'] as readonly Float64Array[])[j]!, own, 1e-12));
});
