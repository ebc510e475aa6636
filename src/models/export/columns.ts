// Columns of features on their way from an input: what they hold of a number that came in, and which number that was.
import type { Scaling } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { meant } from './operators.ts';
import type { Column, Exporting, Features, Said } from './said.ts';

/** Features as a model means them. */
export function meantFeatures({ b }: Exporting, { x, columns }: Features, scaling: Scaling | undefined): Features {
  if (!scaling) return { x, columns };
  const scaled = columns.map((column, j): Column => {
    const [shift, factor] = [scaling.shift[j]!, scaling.factor[j]!];
    if (shift === 0 && factor === 1) return column;
    return { ...column, names: undefined, scalings: [...(column.scalings ?? []), { shift, factor }] };
  });
  return { x: meant(b, x, scaling), columns: scaled };
}

/**
 * What a model says, where float32 is enough for it: it asks others, keeps columns for those, compares them with numbers that were rounded
 * as they are, or computes with columns of which float32 loses nothing.
 *
 * @param names of the inputs
 * @throws E_USAGE for all else
 */
export async function checkPrecision(
  names: readonly string[],
  columns: readonly Column[],
  to: Exporting,
  say: (to: Exporting) => Said | Promise<Said>,
): Promise<Said> {
  let asksOthers = false;
  const compared = new Set<number | undefined>();
  const said = await say({
    ...to,
    say(...given) {
      asksOthers = true;
      return to.say(...given);
    },
    comparedWith(column, ...values) {
      compared.add(column.input);
      return to.comparedWith(column, ...values);
    },
  });
  const keeps = said.kind === 'transformer' && said.columns.every(({ input }) => input !== undefined);
  const lost = asksOthers || keeps ? undefined : columns.find(({ input, float64 }) => float64 && input !== undefined && !compared.has(input));
  if (!lost) return said;
  throw new PipelineError('E_USAGE', `The model goes by small differences in column '${names[lost.input!]!}', which float32 does not hold.`, {
    hint: AS_DOUBLE,
  });
}

/** What a column holds of a number that came in. */
const heldOf = ({ scalings = [] }: Column, given: number): number => scalings.reduce((value, { shift, factor }) => (value - shift) * factor, given);

/** The number that came in, where a column holds one: of those that give it, the one with the fewest digits. */
export function givenOf(column: Column, held: number): number {
  const { scalings } = column;
  if (!scalings) return held;
  const back = scalings.reduceRight((value, { shift, factor }) => value / factor + shift, held);
  const near = [Math.round(back), ...[12, 13, 14, 15, 16].map((digits) => Number(back.toPrecision(digits)))];
  return near.find((given) => heldOf(column, given) === held) ?? back;
}

const AS_DOUBLE = "Let numbers come in as float64: pipeline export --double, or modelToOnnx(model, { numbers: 'double' }).";

/** From here on float32 lacks whole numbers. */
const WHOLE = 2 ** 24;

/** Numbers that differ by no more than this share are one that was computed in several ways. */
const NOISE = 1e-12;

/**
 * Numbers that a column is compared with, when what comes in has been rounded to float32: numbers of rows and these round alike.
 *
 * @param name of the column
 * @param kind 'exact' for those that must tell a row from its neighbours: levels, a threshold of the user
 * @throws E_USAGE where rounding leaves too little of them
 */
export function roundedAlike(column: Column, name: string, held: readonly number[], kind: 'edges' | 'exact'): readonly number[] {
  if (column.input === undefined || column.names) return held;
  const given = held.map((value) => givenOf(column, value));
  const refuse = (what: string, others: string): never => {
    throw new PipelineError('E_USAGE', `The model compares column '${name}' with ${what}, which float32 cannot tell from ${others}.`, {
      hint: AS_DOUBLE,
    });
  };
  const alike = new Map<number, number[]>();
  for (const value of new Set(given)) alike.set(Math.fround(value), [...(alike.get(Math.fround(value)) ?? []), value]);
  for (const [rounded, own] of alike) {
    const [least, most] = [Math.min(...own), Math.max(...own)];
    if (most - least > (kind === 'exact' ? 0 : NOISE * Math.abs(most))) refuse(`${least} and ${most}`, 'each other');
    if (kind === 'exact' && least !== rounded && Math.abs(least) >= WHOLE) refuse(String(least), 'its neighbours');
  }
  return given.map((value, i) => {
    const rounded = Math.fround(value);
    const own = alike.get(rounded)!;
    // Of several that arithmetic made of one, that one: it is what rows hold. The others stay as far from it as they are.
    const meant = own.includes(rounded) ? rounded : own.toSorted((a, b) => String(a).length - String(b).length)[0]!;
    return meant === rounded ? held[i]! : heldOf(column, rounded + (value - meant));
  });
}
