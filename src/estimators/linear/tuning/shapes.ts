// The shapes a kernel can run in: its form, its workgroup, the rows an invocation owns. All of them compute the same; which
// is fastest depends on how the driver loads, shuffles and spills, so it is measured (tune.ts).
import { gradient } from '../../../kernels/gradient/gradient.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import { margins } from '../../../kernels/margins/margins.ts';

export const KERNELS = ['margins', 'gradient'] as const;
export type KernelName = (typeof KERNELS)[number];

/** Columns that a kernel unrolls; each size is another shader to compile. */
export const GROUP_SIZES = [1, 2, 4, 8] as const;
export type GroupSize = (typeof GROUP_SIZES)[number];

export type Form = 'plain' | 'subgroups';

export interface Shape {
  readonly form: Form;
  /** Invocations; for the gradient the most of them, because it cuts a row's words into equal parts. */
  readonly workgroup: number;
  /** Quads an invocation. */
  readonly quads: number;
}

/** What a shape is searched for. `lanes` are those of the widest subgroup, 0 for none. */
export interface Problem {
  readonly kernel: KernelName;
  readonly models: GroupSize;
  readonly lanes: number;
}

/** Accumulators of more models times quads than this compile for many seconds. */
const MAX_ACCUMULATORS = 16;

export function formsOf({ lanes }: Problem): readonly Form[] {
  return lanes > 0 ? ['plain', 'subgroups'] : ['plain'];
}

export function defaultShape(problem: Problem, form: Form): Shape {
  if (problem.kernel === 'gradient') return { form, workgroup: 224, quads: 1 };
  if (form === 'plain') return { form, workgroup: 64, quads: 1 };
  // More rows an invocation reuse each weight more often, until registers and compile time run out.
  return { form, workgroup: Math.max(32, problem.lanes), quads: problem.models <= 2 ? 2 : 1 };
}

/** Workgroups that `shape` may have instead of its own. */
export function workgroupsOf({ kernel, lanes }: Problem, { form }: Pick<Shape, 'form'>): readonly number[] {
  if (kernel === 'gradient') return [32, 64, 128, 224];
  return [32, 64, 128, 256].filter((workgroup) => form === 'plain' || workgroup % lanes === 0);
}

export function quadsOf({ kernel, models }: Problem, { form }: Pick<Shape, 'form'>): readonly number[] {
  return kernel === 'gradient' || form === 'plain' ? [1] : [1, 2, 4].filter((quads) => models * quads <= MAX_ACCUMULATORS);
}

/** Every shape that may be kept. */
export function shapesOf(problem: Problem): readonly Shape[] {
  return formsOf(problem).flatMap((form) =>
    workgroupsOf(problem, { form }).flatMap((workgroup) => quadsOf(problem, { form }).map((quads) => ({ form, workgroup, quads }))),
  );
}

export function isShapeOf(problem: Problem, value: unknown): value is Shape {
  const { form, workgroup, quads } = (value ?? {}) as Shape;
  return shapesOf(problem).some((shape) => shape.form === form && shape.workgroup === workgroup && shape.quads === quads);
}

/** How margins of `models` columns are launched over `quads` quads of rows; the grid's first axis. */
export function marginsLaunch({ dtype, tileQuads }: Rows, models: number, { form, workgroup, quads: QUADS }: Shape, quads: number) {
  const sizes: Readonly<Record<string, number>> = { MODELS: models, WORKGROUP: workgroup, TILE_QUADS: tileQuads, ...(form === 'plain' ? {} : { QUADS }) };
  return { kernel: margins[dtype][form], sizes, across: Math.ceil(quads / (workgroup * QUADS)) };
}

/** How the gradient of `models` columns is launched over rows of `words` words; the grid's first axis. */
export function gradientLaunch({ dtype, words, tileQuads }: Rows & Pick<TileShape, 'words'>, models: number, { form, workgroup }: Shape, lanes: number) {
  const step = form === 'plain' ? 32 : lanes;
  const WORKGROUP = Math.ceil(words / Math.ceil(words / workgroup) / step) * step;
  return { kernel: gradient[dtype][form], sizes: { MODELS: models, WORKGROUP, TILE_QUADS: tileQuads }, across: Math.ceil(words / WORKGROUP) };
}

type Rows = Pick<TileShape, 'dtype' | 'tileQuads'>;
