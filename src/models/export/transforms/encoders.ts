// Transformers that fill gaps and write names as numbers, and those that choose columns.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { Value } from '../builder.ts';
import { meantFeatures } from '../columns.ts';
import { beside, picked } from '../operators.ts';
import type { Column, Exporter, Exporting, Features } from '../said.ts';

type Level = string | number;

/** What a column holds in place of a level; -1 for a name that nobody has. */
function codeOf(level: Level, { names }: Column): number {
  return names ? names.indexOf(level as string) : (level as number);
}

interface Encoding {
  readonly levels: readonly (readonly Level[])[];
  readonly scaling?: Scaling | undefined;
}

/** `[rows, levels]`: 1 where a column holds the level. */
function isLevel({ b, ...to }: Exporting, { x, columns }: Features, j: number, levels: readonly Level[]): Value {
  const column = columns[j]!;
  const codes = to.comparedWith(
    column,
    levels.map((level) => codeOf(level, column)),
    'exact',
  );
  return b.cast(b.op('Equal', [picked(b, x, [j]), b.numbers(codes, [1, codes.length])]), 'double');
}

export const oneHot: Exporter<Encoding & { readonly handleUnknown: 'error' | 'ignore' }> = (to, { levels, handleUnknown, scaling }, rows) => {
  const { b } = to;
  to.needsValues(rows);
  const features = meantFeatures(to, rows, scaling);
  const parts = levels.map((own, j) => isLevel(to, features, j, own));
  if (handleUnknown === 'error') levels.forEach((own, j) => to.needsOneOf(features.columns[j]!, own));
  return { kind: 'transformer', x: beside(b, parts), columns: levels.flatMap((own) => own.map(() => ({}))) };
};

export const ordinal: Exporter<Encoding & { readonly unknownValue?: number | undefined }> = (to, { levels, unknownValue, scaling }, rows) => {
  const { b } = to;
  to.needsValues(rows);
  const features = meantFeatures(to, rows, scaling);
  const parts = levels.map((own, j) => {
    if (unknownValue === undefined) to.needsOneOf(features.columns[j]!, own);
    const there = isLevel(to, features, j, own);
    const position = b.op('MatMul', [there, b.numbers(Float64Array.from(own.keys()), [own.length, 1])]);
    if (unknownValue === undefined) return position;
    const known = b.op('Greater', [b.op('ReduceMax', [there], { axes: { ints: [1] }, keepdims: { int: 1 } }), b.number(0)]);
    return b.op('Where', [known, position, b.number(unknownValue)]);
  });
  return { kind: 'transformer', x: beside(b, parts), columns: levels.map(() => ({})) };
};

interface Filling {
  readonly fill: readonly Level[];
  readonly indicated: readonly number[];
  readonly scaling?: Scaling | undefined;
}

export const impute: Exporter<Filling> = (to, { fill, indicated, scaling }, rows) => {
  const { b } = to;
  const { x, columns } = meantFeatures(to, rows, scaling);
  // A name that nobody had stands behind the others.
  columns.forEach(({ names }, j) => names && !names.includes(fill[j] as string) && names.push(fill[j] as string));
  const after = columns.map((column): Column => ({ ...column, filled: true }));
  // Rounded as rows are: what comes next may look for the value that was filled in.
  const codes = fill.flatMap((level, j) => to.comparedWith(columns[j]!, [codeOf(level, columns[j]!)], 'edges'));
  const gaps = b.op('IsNaN', [x]);
  const whole = b.op('Where', [gaps, b.numbers(codes, [1, codes.length]), x]);
  if (indicated.length === 0) return { kind: 'transformer', x: whole, columns: after };
  const indicators = b.cast(picked(b, gaps, indicated), 'double');
  return { kind: 'transformer', x: beside(b, [whole, indicators]), columns: [...after, ...indicated.map(() => ({}))] };
};

interface Keeping {
  readonly kept: readonly number[];
  readonly scaling?: Scaling | undefined;
}

function kept(to: Exporting, { kept: some, scaling }: Keeping, rows: Features) {
  const { x, columns } = meantFeatures(to, rows, scaling);
  return { kind: 'transformer', x: picked(to.b, x, some), columns: some.map((j) => columns[j]!) } as const;
}

export const select: Exporter<Keeping> = kept;

/** Of those that take no gaps. */
export const selectNumbers: Exporter<Keeping> = (to, fields, rows) => {
  to.needsValues(rows);
  return kept(to, fields, rows);
};
