// The search for fast shapes. On first use only the forms are compared, because each shape is another shader to compile;
// `pipeline doctor --tune` searches wide: the form, then the workgroup, then the quads, each with the best of the others.
import type { Compute } from '../../../core/compute.ts';
import type { RowDtype } from '../../../kernels/lib/tiles.ts';
import { withMeasure, type Measure } from './measure.ts';
import {
  defaultShape,
  formsOf,
  GROUP_SIZES,
  KERNELS,
  quadsOf,
  workgroupsOf,
  type Form,
  type GroupSize,
  type KernelName,
  type Problem,
  type Shape,
} from './shapes.ts';

/** The shape of each kernel for each group size. */
export type Shapes = Readonly<Record<KernelName, Readonly<Record<GroupSize, Shape>>>>;

export interface Candidate extends Shape {
  readonly ms: number;
}

export interface Search {
  readonly dtype: RowDtype;
  readonly kernel: KernelName;
  readonly models: GroupSize;
  /** Every shape that was measured. */
  readonly candidates: readonly Candidate[];
  readonly kept: Shape;
}

/** Enough rows that one launch takes milliseconds; few enough that a first fit does not wait for it. */
const ROWS = { wide: 16_384, first: 4096 } as const;

/** The fastest shape by one coordinate after the other. */
export async function searchShape(problem: Problem, measure: Measure): Promise<Pick<Search, 'candidates' | 'kept'>> {
  const measured = new Map<string, Candidate>();
  const compare = async (shapes: readonly Shape[]): Promise<Shape> => {
    const times = shapes.length > 1 ? await measure(problem.kernel, problem.models, shapes) : [];
    times.forEach((ms, i) => {
      const { form, workgroup, quads } = shapes[i]!;
      const key = `${form} ${workgroup} ${quads}`;
      measured.set(key, { form, workgroup, quads, ms: Math.min(ms, measured.get(key)?.ms ?? Infinity) });
    });
    if (measured.size === 0) return shapes[0]!;
    const { ms: _, ...shape } = [...measured.values()].reduce((best, one) => (one.ms < best.ms ? one : best));
    return shape;
  };
  const form = await compare(formsOf(problem).map((one) => defaultShape(problem, one)));
  const workgroup = await compare(workgroupsOf(problem, form).map((one) => ({ ...form, workgroup: one })));
  const kept = await compare(quadsOf(problem, workgroup).map((quads) => ({ ...workgroup, quads })));
  return { candidates: [...measured.values()], kept };
}

/** Searches each kernel and group size. @param onSearch called after each, for someone who waits */
export async function searchShapes(compute: Compute, dtype: RowDtype, onSearch: (search: Search) => void): Promise<Shapes> {
  return withMeasure(compute, dtype, ROWS.wide, (measure) =>
    shapesBy(async (kernel, models) => {
      const found = await searchShape({ kernel, models, lanes: compute.subgroupLanes }, measure);
      onSearch({ dtype, kernel, models, ...found });
      return found.kept;
    }),
  );
}

/** The default shape of the faster form, measured for one column and for four: a weight used once is loaded best another way. */
export async function firstShapes(compute: Compute, dtype: RowDtype): Promise<Shapes> {
  const lanes = compute.subgroupLanes;
  if (lanes === 0) return shapesBy(async (kernel, models) => defaultShape({ kernel, models, lanes }, 'plain'));
  return withMeasure(compute, dtype, ROWS.first, (measure) => {
    let form: Form = 'plain';
    return shapesBy(async (kernel, models) => {
      const problem = { kernel, models, lanes };
      if (models === 1 || models === 4) form = await fasterForm(problem, measure);
      return defaultShape(problem, form);
    });
  });
}

async function fasterForm(problem: Problem, measure: Measure): Promise<Form> {
  const forms = formsOf(problem);
  const times = await measure(
    problem.kernel,
    problem.models,
    forms.map((form) => defaultShape(problem, form)),
  );
  return forms[times.indexOf(Math.min(...times))]!;
}

/** One after the other, small sizes first: no two are measured at once. */
async function shapesBy(shapeOf: (kernel: KernelName, models: GroupSize) => Promise<Shape>): Promise<Shapes> {
  const shapes = { margins: {}, gradient: {} } as Record<KernelName, Record<number, Shape>>;
  for (const kernel of KERNELS) for (const models of GROUP_SIZES) shapes[kernel][models] = await shapeOf(kernel, models);
  return shapes as Shapes;
}
