// Labels, the numbers of classes: bytes where there are few classes, wider where there are more. A number that an array cannot hold
// would wrap, in silence, so the array is chosen by the largest one here and nowhere else.

/** Numbers of classes, or positions among them. */
export type Labels = Uint8Array | Uint16Array | Uint32Array;

/** What kernels have room for beside the fold of a row. */
export const MOST_LABEL = 0xffffff;

export function isLabels(given: unknown): given is Labels {
  return given instanceof Uint8Array || given instanceof Uint16Array || given instanceof Uint32Array;
}

/** The smallest array that holds whole numbers from 0 to `most`. */
export function labelArray(length: number, most: number): Labels {
  return most <= 0xff ? new Uint8Array(length) : most <= 0xffff ? new Uint16Array(length) : new Uint32Array(length);
}

export function largestOf(labels: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > most) most = labels[i]!;
  return most;
}

/** Labels that stand in any of the lists, ascending. */
export function distinctLabels(...lists: readonly ArrayLike<number>[]): number[] {
  const most = lists.reduce((most, labels) => Math.max(most, labels instanceof Uint8Array ? 0xff : largestOf(labels)), 0);
  const there = new Uint8Array(most + 1);
  for (const labels of lists) for (let i = 0; i < labels.length; i++) there[labels[i]!] = 1;
  const found: number[] = [];
  for (let label = 0; label <= most; label++) if (there[label] === 1) found.push(label);
  return found;
}

/**
 * Position among `classes` of each label.
 *
 * @param classes ascending
 * @param labels each one of them
 */
export function positionsIn(classes: readonly number[], labels: Labels): Labels {
  const positions = labelArray((classes.at(-1) ?? 0) + 1, classes.length - 1);
  classes.forEach((label, position) => (positions[label] = position));
  const out = labelArray(labels.length, classes.length - 1);
  for (let i = 0; i < out.length; i++) out[i] = positions[labels[i]!]!;
  return out;
}

/** 1 where a label is `positive`, else 0. */
export function against(labels: Labels, positive: number): Uint8Array {
  const out = new Uint8Array(labels.length);
  for (let i = 0; i < out.length; i++) if (labels[i] === positive) out[i] = 1;
  return out;
}
