// Forms of kernels that hand numbers round in subgroups, and where they run.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { chosen } from '../../core/tuning/variants.ts';

/** A workgroup has to be a whole number of subgroups: a lane that is not there has nothing to hand round. */
export function fitsSubgroups({ WORKGROUP }: { readonly WORKGROUP: number }, { subgroupLanes }: Pick<Compute, 'subgroupLanes'>): boolean {
  return subgroupLanes > 0 && WORKGROUP % subgroupLanes === 0;
}

/** The kernel as it is launched: in its form with subgroups where there are any, whose lanes fit the workgroup. */
export function withSubgroups<K extends Kernel>(kernel: K, form: Variant, compute: Pick<Compute, 'subgroupLanes'>, WORKGROUP = kernel.sizes['WORKGROUP']!): K {
  return fitsSubgroups({ WORKGROUP }, compute) ? chosen<K>(kernel, { form }) : kernel;
}

/** A workgroup of at least so many invocations, a power of two as lanes are, that is a whole number of subgroups where there are any. */
export function wholeSubgroups(least: number, { subgroupLanes }: Pick<Compute, 'subgroupLanes'>): number {
  return Math.max(least, subgroupLanes);
}
