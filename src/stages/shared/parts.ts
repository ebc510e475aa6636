// What a stage does to every part of a split alike.
import type { Facts, Fact } from '../../dsl/graph/facts.ts';
import type { AnySplit } from '../../dsl/stage/state.ts';
import type { Dataset, Role, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';

/** In the order in which a model meets them. */
export const PARTS = ['train', 'validation', 'test'] as const;

/** The parts that are there, each as `make` makes it. */
export function eachPart<T extends TargetKind>(
  parts: AnySplit<T>,
  make: <R extends Role>(data: Dataset<R, Features, T>) => Dataset<R, Features, T>,
): AnySplit<T> {
  return Object.fromEntries(PARTS.flatMap((part) => (parts[part] ? [[part, make(parts[part] as Dataset<Role, Features, T>)]] : []))) as never;
}

/** The same of what is known of them. */
export function eachFact(facts: Facts, make: (fact: Fact) => Fact = (fact) => fact): Facts {
  return Object.fromEntries(PARTS.flatMap((part) => (facts[part] ? [[part, make(facts[part])]] : [])));
}

/** Each with each that stands behind it. */
export function pairsOf<T>(all: readonly T[]): readonly (readonly [T, T])[] {
  return all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const));
}
