// The ways in which one kernel may run: a choice of each kind that it declares.
import type { Compute, Kernel, Variant } from '../compute.ts';

/** What is chosen of each kind of variants; of a kind left out, what the kernel has. */
export type Choices = Readonly<Record<string, number | Variant | undefined>>;

/** A kernel with some of its choices made. */
export function chosen<K extends Kernel>(kernel: K, choices: Choices): K {
  const { variants = {}, ...own } = kernel;
  let made = own as K;
  // In the order in which they are declared: sizes of a text are its defaults, and stand before those of their own kind.
  for (const kind of Object.keys(variants)) {
    const choice = choices[kind];
    if (choice === undefined) continue;
    if (typeof choice === 'number') made = { ...made, sizes: { ...made.sizes, [kind]: choice } };
    else made = { ...made, name: `${made.name}, ${kind} ${variants[kind]!.indexOf(choice) + 1}`, ...choice, sizes: { ...made.sizes, ...choice.sizes } };
  }
  return made;
}

/** The kernel in every way that it may run, each a kernel of one way; as it is first. */
export function variantsOf<K extends Kernel>(kernel: K): readonly K[] {
  const all = Object.keys(kernel.variants ?? {}).reduce<readonly Choices[]>((found, kind) => found.flatMap((one) => others(kernel, one, kind)), [{}]);
  return [...new Map(all.map((choices) => chosen(kernel, choices)).map((one) => [wayOf(one), one])).values()];
}

/** Some choices, with each of a kind in turn. */
export function others({ variants = {} }: Kernel, choices: Choices, kind: string): readonly Choices[] {
  return [undefined, ...variants[kind]!].map((choice) => ({ ...choices, [kind]: choice }));
}

/** Whether a device has what a kernel enables. */
export function runsOn({ enable = [] }: Kernel, { features }: Pick<Compute, 'features'>): boolean {
  return enable.every((name) => features.has(name));
}

/** What tells one way from the others, in words and in notes. */
export function wayOf({ name, sizes }: Kernel): string {
  const each = Object.entries(sizes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [name, ...each.map(([size, value]) => `${size} ${value}`)].join(', ');
}
