// Which form of a kernel runs on this adapter. Two forms compute the same; which is faster depends on how the driver loads
// and shuffles, so it is measured once for each adapter, driver and kernel text, and kept as a note.
import type { Compute, Kernel } from '../../core/compute.ts';
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
      return { kernel, sizes: { MODELS: models, QUADS, WORKGROUP }, grid: (quads) => [Math.ceil(quads / (WORKGROUP * QUADS))] };
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

/** Forms for batches of one or two columns, and of more: a weight used once is loaded best another way than one used often. */
export interface FormsBySize {
  readonly few: Forms;
  readonly many: Forms;
}

/** Columns that {@link FormsBySize} are measured with. */
export const MEASURED = { few: 1, many: 4 } as const satisfies Record<keyof FormsBySize, number>;

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
  const { subgroupLanes: lanes } = compute;
  const noted = await compute.notes.get(`linear-${dtype}`, kernelsOf(dtype));
  const { few, many } = isFormsBySize(noted) ? noted : (await tune(compute, dtype)).kept;
  const [small, large] = [variants(dtype, few, lanes), variants(dtype, many, lanes)];
  const of = (models: number): Variants => (models <= 2 ? small : large);
  return { margins: (models) => of(models).margins(models), gradient: (models, words) => of(models).gradient(models, words) };
}

/** Milliseconds of each form. */
export type Timings = Readonly<Record<keyof Forms, Readonly<Record<Form, number>>>>;

export interface Tuned {
  readonly dtype: Dtype;
  /** Absent where only one form runs, so that there is nothing to measure. */
  readonly ms?: Readonly<Record<keyof FormsBySize, Timings>> | undefined;
  readonly kept: FormsBySize;
}

/** Measures both forms for rows of this type, whatever the notes say, and keeps the faster ones for later runs on this adapter. */
export async function tune(compute: Compute, dtype: Dtype): Promise<Tuned> {
  const plain: Forms = { margins: 'plain', gradient: 'plain' };
  if (compute.subgroupLanes === 0) return { dtype, kept: { few: plain, many: plain } };
  const ms = { few: await measureVariants(compute, dtype, MEASURED.few), many: await measureVariants(compute, dtype, MEASURED.many) };
  const kept = { few: fastest(ms.few), many: fastest(ms.many) };
  await compute.notes.set(`linear-${dtype}`, kernelsOf(dtype), { few: { ...kept.few }, many: { ...kept.many } });
  return { dtype, ms, kept };
}

/** A note of another version, or one that somebody edited, is measured anew. */
function isFormsBySize(note: unknown): note is FormsBySize {
  const isForm = (form: unknown): boolean => form === 'plain' || form === 'subgroups';
  const isForms = (forms: Partial<Forms> | undefined): boolean => isForm(forms?.margins) && isForm(forms?.gradient);
  const given = note as Partial<FormsBySize> | null | undefined;
  return isForms(given?.few) && isForms(given?.many);
}

function kernelsOf(dtype: Dtype): readonly Kernel[] {
  return [...Object.values(margins[dtype]), ...Object.values(gradient[dtype])];
}

function fastest({ margins: m, gradient: g }: Timings): Forms {
  const pick = (ms: Readonly<Record<Form, number>>): Form => (ms.subgroups < ms.plain ? 'subgroups' : 'plain');
  return { margins: pick(m), gradient: pick(g) };
}
