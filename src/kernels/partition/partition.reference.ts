// Members in the order in which partition.wgsl leaves them.

/** Those that `isLeft` first; both sides in the order of before. */
export function partitionReference<T>(members: readonly T[], isLeft: (member: T) => boolean): { readonly members: T[]; readonly left: number } {
  const left = members.filter(isLeft);
  return { members: [...left, ...members.filter((member) => !isLeft(member))], left: left.length };
}
