// The best split of a node by one feature, in plain loops over whole numbers of any size.

export interface ClassSplitInput {
  /** Of each member. */
  readonly bins: ArrayLike<number>;
  readonly classes: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  /** Members on each side, at least. */
  readonly least: number;
  /** What a weight counts for: its square (gini, the more the better), or weight * log2(weight) (entropy, the less is left the better). */
  readonly term: (weight: number) => bigint;
  readonly entropy: boolean;
}

export interface ClassSplit {
  readonly lower: number;
  readonly upper: number;
  /** Weight on the right. */
  readonly units: number;
  /** Of gini sums of terms on each side, of entropy what is left to say, and 0. */
  readonly left: bigint;
  readonly right: bigint;
}

/** What stands on each side where `upper` and bins above it are on the right; undefined where that leaves one side too few members. */
export function sidesOf(
  { bins, classes, weights, least, term, entropy }: ClassSplitInput,
  upper: number,
): (Pick<ClassSplit, 'units' | 'left' | 'right'> & { readonly leftUnits: number }) | undefined {
  const sides = [new Map<number, number>(), new Map<number, number>()] as const;
  const members = [0, 0];
  for (let m = 0; m < bins.length; m++) {
    const side = Number(bins[m]! >= upper);
    members[side]!++;
    sides[side]!.set(classes[m]!, (sides[side]!.get(classes[m]!) ?? 0) + weights[m]!);
  }
  if (members.some((count) => count < least)) return undefined;
  const [leftUnits, units] = sides.map((side) => [...side.values()].reduce((a, b) => a + b, 0)) as [number, number];
  const [left, right] = sides.map((side) => [...side.values()].reduce((sum, own) => sum + term(own), 0n)) as [bigint, bigint];
  return entropy ? { units, leftUnits, left: term(leftUnits) + term(units) - left - right, right: 0n } : { units, leftUnits, left, right };
}

/** Of equal splits the lowest; undefined where no split leaves enough members on each side. */
export function classSplitReference(input: ClassSplitInput): ClassSplit | undefined {
  const there = [...new Set(Array.from(input.bins))].sort((a, b) => a - b);
  let best: (ClassSplit & { readonly numerator: bigint; readonly denominator: bigint }) | undefined;
  for (const [i, upper] of there.entries()) {
    const sides = i === 0 ? undefined : sidesOf(input, upper);
    if (!sides) continue;
    const { units, leftUnits, left, right } = sides;
    const numerator = input.entropy ? -left : left * BigInt(units) + right * BigInt(leftUnits);
    const denominator = input.entropy ? 1n : BigInt(leftUnits) * BigInt(units);
    if (!best || numerator * best.denominator > best.numerator * denominator)
      best = { lower: there[i - 1]!, upper, units, left, right, numerator, denominator };
  }
  return best && { lower: best.lower, upper: best.upper, units: best.units, left: best.left, right: best.right };
}
