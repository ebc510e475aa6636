// Which form of a kernel runs on this adapter. Two forms compute the same; which is faster depends on how the driver loads
// and shuffles, so it is measured once for each adapter, driver and kernel text, and kept as a note.
import type { Compute } from '../../core/compute.ts';
import type { Dtype } from '../../core/matrix.ts';
import { gradient } from '../../kernels/gradient/gradient.ts';
import { margins } from '../../kernels/margins/margins.ts';
import { measureVariants } from './measure.ts';

export type Form = 'plain' | 'subgroups';

/** The faster form of each kernel. */
export interface Forms {
  readonly margins: Form;
  readonly gradient: Form;
}

/** Widest workgroup of the gradient: a row of up to so many words is one workgroup. */
const MAX_WORKGROUP = 224;

type MarginsKernel = (typeof margins)[Dtype][Form];
type GradientKernel = (typeof gradient)[Dtype][Form];

export interface Variants {
  margins(models: number): { readonly kernel: MarginsKernel; readonly sizes: Readonly<Record<string, number>>; readonly grid: (quads: number) => [number] };
  gradient(
    models: number,
    words: number,
  ): { readonly kernel: GradientKernel; readonly sizes: Readonly<Record<string, number>>; readonly grid: (words: number) => number };
}

export function variants(dtype: Dtype, forms: Forms, lanes: number): Variants {
  return {
    margins(models) {
      const kernel = margins[dtype][forms.margins];
      if (forms.margins === 'plain') return { kernel, sizes: { MODELS: models }, grid: (quads) => [Math.ceil(quads / kernel.sizes.WORKGROUP)] };
      // More rows an invocation reuse each weight more often, until registers and compile time run out.
      const QUADS = models <= 2 ? 2 : 1;
      const WORKGROUP = Math.max(32, lanes);
      return { kernel, sizes: { MODELS: models, QUADS, UNROLL: 3 - QUADS, WORKGROUP }, grid: (quads) => [Math.ceil(quads / (WORKGROUP * QUADS))] };
    },
    gradient(models, words) {
      const kernel = gradient[dtype][forms.gradient];
      const step = forms.gradient === 'plain' ? 32 : lanes;
      const count = Math.ceil(words / MAX_WORKGROUP);
      const WORKGROUP = Math.ceil(words / count / step) * step;
      return { kernel, sizes: { MODELS: models, WORKGROUP }, grid: (all) => Math.ceil(all / WORKGROUP) };
    },
  };
}

const chosen = new WeakMap<Compute, Map<Dtype, Promise<Variants>>>();

/** The variants to use on this device. Measured at most once a device, read from the notes where they have it. */
export function variantsFor(compute: Compute, dtype: Dtype): Promise<Variants> {
  let byDtype = chosen.get(compute);
  if (!byDtype) chosen.set(compute, (byDtype = new Map()));
  let pending = byDtype.get(dtype);
  if (!pending) byDtype.set(dtype, (pending = choose(compute, dtype)));
  return pending;
}

async function choose(compute: Compute, dtype: Dtype): Promise<Variants> {
  if (compute.subgroupLanes === 0) return variants(dtype, { margins: 'plain', gradient: 'plain' }, 0);
  const kernels = [...Object.values(margins[dtype]), ...Object.values(gradient[dtype])];
  const noted = (await compute.notes.get(`linear-${dtype}`, kernels)) as Forms | undefined;
  const forms = noted ?? fastest(await measureVariants(compute, dtype));
  if (!noted) await compute.notes.set(`linear-${dtype}`, kernels, { ...forms });
  return variants(dtype, forms, compute.subgroupLanes);
}

/** Milliseconds of each form. */
export type Timings = Readonly<Record<keyof Forms, Readonly<Record<Form, number>>>>;

export function fastest({ margins: m, gradient: g }: Timings): Forms {
  const pick = (ms: Readonly<Record<Form, number>>): Form => (ms.subgroups < ms.plain ? 'subgroups' : 'plain');
  return { margins: pick(m), gradient: pick(g) };
}
