// Whether a form of a kernel that hands numbers round in subgroups runs on an adapter.
import type { Compute } from '../../core/compute.ts';

/** A workgroup has to be a whole number of subgroups: a lane that is not there has nothing to hand round. */
export function fitsSubgroups({ WORKGROUP }: { readonly WORKGROUP: number }, { subgroupLanes }: Pick<Compute, 'subgroupLanes'>): boolean {
  return subgroupLanes > 0 && WORKGROUP % subgroupLanes === 0;
}

/** A workgroup of at least so many invocations, a power of two as lanes are, that is a whole number of subgroups where there are any. */
export function wholeSubgroups(least: number, { subgroupLanes }: Pick<Compute, 'subgroupLanes'>): number {
  return Math.max(least, subgroupLanes);
}
