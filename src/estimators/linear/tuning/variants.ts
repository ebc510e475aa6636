// Which shapes the kernels run in on this adapter: as noted for the adapter, driver and kernel text, else measured once.
import type { Compute, Kernel } from '../../../core/compute.ts';
import type { Json } from '../../../core/events.ts';
import { gradient } from '../../../kernels/gradient/gradient.ts';
import type { RowDtype } from '../../../kernels/lib/tiles.ts';
import { margins } from '../../../kernels/margins/margins.ts';
import { GROUP_SIZES, isShapeOf, KERNELS } from './shapes.ts';
import { firstShapes, searchShapes, type Search, type Shapes } from './tune.ts';

const chosen = new WeakMap<Compute, Map<RowDtype, Promise<Shapes>>>();

/** The shapes to use on this device. Measured at most once a device, read from the notes where they have them. */
export function shapesFor(compute: Compute, dtype: RowDtype): Promise<Shapes> {
  let byDtype = chosen.get(compute);
  if (!byDtype) chosen.set(compute, (byDtype = new Map()));
  let pending = byDtype.get(dtype);
  if (!pending) byDtype.set(dtype, (pending = choose(compute, dtype)));
  return pending;
}

/** Searches all shapes for rows of this type, whatever the notes say, and keeps the fastest for later runs on this adapter. */
export async function tune(compute: Compute, dtype: RowDtype, onSearch: (search: Search) => void): Promise<Shapes> {
  return keep(compute, dtype, await searchShapes(compute, dtype, onSearch));
}

async function choose(compute: Compute, dtype: RowDtype): Promise<Shapes> {
  const noted = await compute.notes.get(topic(dtype), kernelsOf(dtype));
  if (areShapes(noted, compute.subgroupLanes)) return noted;
  return keep(compute, dtype, await firstShapes(compute, dtype));
}

async function keep(compute: Compute, dtype: RowDtype, shapes: Shapes): Promise<Shapes> {
  await compute.notes.set(topic(dtype), kernelsOf(dtype), shapes as unknown as Json);
  return shapes;
}

/** A note of another version, or one that somebody edited, is measured anew. */
function areShapes(note: unknown, lanes: number): note is Shapes {
  const given = note as Partial<Shapes> | null | undefined;
  return KERNELS.every((kernel) => GROUP_SIZES.every((models) => isShapeOf({ kernel, models, lanes }, given?.[kernel]?.[models])));
}

function topic(dtype: RowDtype): string {
  return `linear-${dtype}`;
}

function kernelsOf(dtype: RowDtype): readonly Kernel[] {
  return [...Object.values(margins[dtype]), ...Object.values(gradient[dtype])];
}
