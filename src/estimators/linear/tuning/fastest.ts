// The kernels of a batch of linear models, in their fastest variant on a device. On first use only their forms are compared,
// because each variant is another shader to compile; `pipeline doctor --tune` searches wide.
import type { Compute, Kernel } from '../../../core/compute.ts';
import { tune, tuneAnew, type Tuned, type TuneOptions } from '../../../core/tuning/tune.ts';
import { chosen, type Choices } from '../../../core/tuning/variants.ts';
import { gradient } from '../../../kernels/gradient/gradient.ts';
import type { RowDtype } from '../../../kernels/lib/tiles.ts';
import { margins } from '../../../kernels/margins/margins.ts';
import { GROUP_SIZES, type GroupSize } from './launches.ts';
import { trialOf } from './trial.ts';

const KERNELS = { margins, gradient } as const;
type Name = keyof typeof KERNELS;

/** Accumulators of more models times quads than this compile for many seconds. */
const MAX_ACCUMULATORS = 16;
/** Enough rows that one launch takes milliseconds; few enough that a first fit does not wait for it. */
const ROWS = { wide: 16_384, first: 4096 } as const;

/** The kernel to launch for groups of `models` columns. */
export function fastest(compute: Compute, name: Name, dtype: RowDtype, models: GroupSize): Promise<Kernel> {
  return tune<Kernel>(compute, KERNELS[name][dtype], alike(dtype, models), optionsOf(compute, name, dtype, models));
}

/** What was found for one kernel and one size of groups. */
export interface LinearTuned extends Tuned {
  readonly kernel: Name;
  readonly dtype: RowDtype;
  readonly models: GroupSize;
}

/** Searches all variants for rows of this type, whatever was noted, small groups first. @param onTuned for someone who waits */
export async function tuneLinear(compute: Compute, dtype: RowDtype, onTuned: (tuned: LinearTuned) => void): Promise<void> {
  for (const name of Object.keys(KERNELS) as Name[]) {
    for (const models of GROUP_SIZES) {
      const tuned = await tuneAnew<Kernel>(compute, KERNELS[name][dtype], alike(dtype, models), optionsOf(compute, name, dtype, models));
      onTuned({ kernel: name, dtype, models, ...tuned });
    }
  }
}

function alike(dtype: RowDtype, models: GroupSize): string {
  return `${dtype} rows, ${models} columns`;
}

function optionsOf(compute: Compute, name: Name, dtype: RowDtype, models: GroupSize): TuneOptions {
  return {
    trial: (wide) => trialOf(compute, name, dtype, models, wide ? ROWS.wide : ROWS.first),
    fits: fitting(name, models, compute.subgroupLanes),
    first: () => firstOf(compute, name, dtype, models),
  };
}

/** Which variants compute groups of `models` columns. */
export function fitting(name: Name, models: number, lanes: number): (kernel: Kernel) => boolean {
  return ({ enable, sizes: { WORKGROUP = 1, QUADS } }) => {
    if (name === 'gradient') return true;
    return enable ? WORKGROUP % lanes === 0 && models * QUADS! <= MAX_ACCUMULATORS : QUADS === undefined;
  };
}

/** Forms are compared for one column and for four: a weight used once is loaded best another way. */
async function firstOf(compute: Compute, name: Name, dtype: RowDtype, models: GroupSize): Promise<readonly Choices[]> {
  const lanes = compute.subgroupLanes;
  const kernel = KERNELS[name][dtype];
  const [subgroups] = kernel.variants.form;
  const own = name === 'gradient' ? { WORKGROUP: 224 } : {};
  const inGroups = name === 'gradient' ? own : { WORKGROUP: Math.max(32, lanes), QUADS: models <= 2 ? 2 : 1 };
  const forms: readonly Choices[] = lanes > 0 ? [own, { form: subgroups, ...inGroups }] : [own];
  const like = models <= 2 ? 1 : 4;
  if (forms.length === 1 || models === like) return forms;
  const found = await fastest(compute, name, dtype, like);
  return forms.filter((form) => chosen<Kernel>(kernel, form).name === found.name);
}
