// The best split of a node of values by one feature, in plain loops over whole numbers of any size.

export interface ValueSplitInput {
  /** Of each member. */
  readonly bins: ArrayLike<number>;
  /** Which values it has. */
  readonly kinds: ArrayLike<number>;
  readonly weights: readonly bigint[];
  /** Weight * value, `[member][outputs]`. */
  readonly values: readonly (readonly bigint[])[];
  /** Members on each side, at least. */
  readonly least: number;
}

export interface ValueSplit {
  readonly lower: number;
  readonly upper: number;
  /** Weight on the right. */
  readonly weight: bigint;
  /** Of each output on the right. */
  readonly sums: readonly bigint[];
}

const sumOf = (numbers: readonly bigint[]): bigint => numbers.reduce((sum, own) => sum + own, 0n);

/** What stands on the right where `upper` and bins above it do; undefined where that leaves one side too few members. */
export function rightOf({ bins, weights, values, least }: ValueSplitInput, upper: number): Pick<ValueSplit, 'weight' | 'sums'> | undefined {
  const right = [...weights.keys()].filter((m) => bins[m]! >= upper);
  if (right.length < least || weights.length - right.length < least) return undefined;
  return { weight: sumOf(right.map((m) => weights[m]!)), sums: values[0]!.map((_, o) => sumOf(right.map((m) => values[m]![o]!))) };
}

/** Of equal splits the lowest; undefined where no split leaves enough members on each side, and where members are alike. */
export function valueSplitReference(input: ValueSplitInput): ValueSplit | undefined {
  const { bins, kinds, weights, values } = input;
  if (new Set(Array.from(kinds)).size < 2) return undefined;
  const there = [...new Set(Array.from(bins))].sort((a, b) => a - b);
  const weight = sumOf(weights);
  const sums = values[0]!.map((_, o) => sumOf(values.map((own) => own[o]!)));
  let best: (ValueSplit & { readonly numerator: bigint; readonly denominator: bigint }) | undefined;
  for (const [i, upper] of there.entries()) {
    const right = i === 0 ? undefined : rightOf(input, upper);
    if (!right) continue;
    const numerator = sumOf(right.sums.map((own, o) => (own * weight - sums[o]! * right.weight) ** 2n));
    const denominator = right.weight * (weight - right.weight);
    if (!best || numerator * best.denominator > best.numerator * denominator) best = { lower: there[i - 1]!, upper, ...right, numerator, denominator };
  }
  return best && { lower: best.lower, upper: best.upper, weight: best.weight, sums: best.sums };
}
