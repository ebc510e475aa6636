// Transformers that fill gaps and write names as numbers, and those that choose columns.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { beside, meant, picked } from '../operators.ts';
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
function isLevel(b: GraphBuilder, x: Value, j: number, levels: readonly Level[], column: Column): Value {
  const codes = levels.map((level) => codeOf(level, column));
  return b.cast(b.op('Equal', [picked(b, x, [j]), b.numbers(codes, [1, codes.length])]), 'double');
}

export const oneHot: Exporter<Encoding & { readonly handleUnknown: 'error' | 'ignore' }> = (to, { levels, handleUnknown, scaling }, rows) => {
  const { b } = to;
  to.needsValues(rows);
  const x = meant(b, rows.x, scaling);
  const parts = levels.map((own, j) => isLevel(b, x, j, own, rows.columns[j]!));
  if (handleUnknown === 'error') levels.forEach((own, j) => to.needsOneOf(rows.columns[j]!, own));
  return { kind: 'transformer', x: beside(b, parts), columns: levels.flatMap((own) => own.map(() => ({}))) };
};

export const ordinal: Exporter<Encoding & { readonly unknownValue?: number | undefined }> = (to, { levels, unknownValue, scaling }, rows) => {
  const { b } = to;
  to.needsValues(rows);
  const x = meant(b, rows.x, scaling);
  const parts = levels.map((own, j) => {
    if (unknownValue === undefined) to.needsOneOf(rows.columns[j]!, own);
    const there = isLevel(b, x, j, own, rows.columns[j]!);
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

export const impute: Exporter<Filling> = ({ b }, { fill, indicated, scaling }, { x: given, columns }) => {
  const x = meant(b, given, scaling);
  // A name that nobody had stands behind the others.
  const after = columns.map((column, j): Column => {
    const { names } = column;
    const filled = { ...column, filled: true } as const;
    return names && !names.includes(fill[j] as string) ? { ...filled, names: [...names, fill[j] as string] } : filled;
  });
  const codes = fill.map((level, j) => codeOf(level, after[j]!));
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

function kept({ b }: Exporting, { kept: columns, scaling }: Keeping, rows: Features) {
  return { kind: 'transformer', x: picked(b, meant(b, rows.x, scaling), columns), columns: columns.map((j) => rows.columns[j]!) } as const;
}

export const select: Exporter<Keeping> = kept;

/** Of those that take no gaps. */
export const selectNumbers: Exporter<Keeping> = (to, fields, rows) => {
  to.needsValues(rows);
  return kept(to, fields, rows);
};
