// L-BFGS-B for the models of a batch without leaving the device: what is evaluated, how it is judged and where to go next stay there
// for several launches at a time (lbfgs_step.wgsl), and a few hundred bytes a model are read back in between. Every model is
// where it is; those that are done leave when the host learns of it.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import type { ModelProgress } from '../../../core/events.ts';
import {
  ENDS,
  pairOf,
  PHASES,
  readState,
  startState,
  STATE_WORDS,
  TAKE,
  TRACE,
  VECTORS,
  writeState,
  type LbfgsState,
} from '../../../kernels/lbfgsStep/lbfgsState.ts';
import { lbfgsStep } from '../../../kernels/lbfgsStep/lbfgsStep.ts';
import { affinesOf } from '../../rows/frame.ts';
import { largest, type LbfgsbResult } from '../../solver/lbfgsb.ts';
import { groupsOf, sizeOf } from '../batchSizes.ts';
import type { BatchRows } from '../batch.ts';
import type { LinearProblem, LinearProblems } from '../fit/fitBatch.ts';
import { overflowed, widthOf, type ParameterShape } from '../fit/objective.ts';
import type { DenseProducts } from '../denseProducts.ts';
import type { LinearBatch } from '../linearBatch.ts';

/**
 * Multiply-adds of one submit: more would keep Ctrl-C and progress waiting on slow devices. Counted, not timed, since who leaves
 * when decides how the others are grouped.
 */
const SUBMIT_WORK = 4e9;

/**
 * Steps that the line search may try before a gradient is made, which takes far longer: the first search of all begins at a guess,
 * later ones mostly take their first step.
 */
const [FIRST_TRIALS, TRIALS] = [8, 2];

/** Where a search stands between two submits. */
export interface DeviceState {
  readonly states: Uint32Array;
  readonly vectors: Float32Array;
  readonly submits: number;
}

export interface DeviceSearchOptions {
  /** Where an interrupted search stood. */
  readonly from: DeviceState | undefined;
  /** Called for the start and every iteration of every model. */
  readonly onIteration: (model: number, progress: Omit<ModelProgress, 'model'>) => void;
  /** Called after every submit; `state` reads where the search stands. */
  readonly afterSubmit: (state: () => Promise<DeviceState>) => Promise<void>;
}

/** Bytes of the largest buffer of a search, for each model. */
export function searchBytes(shape: ParameterShape): number {
  return VECTORS * shape.columns * widthOf(shape) * 4;
}

/**
 * @param batch of the same problems, at zero or where the interrupted search left it
 * @throws E_DATA where the gradient of a model is beyond all numbers
 */
export async function searchOnDevice(
  compute: Compute,
  rows: BatchRows,
  batch: LinearBatch,
  given: LinearProblems,
  options: DeviceSearchOptions,
): Promise<readonly LbfgsbResult[]> {
  const search = new DeviceSearch(compute, rows, batch, given, options);
  try {
    return await search.run();
  } finally {
    search.release();
  }
}

class DeviceSearch {
  readonly #compute: Compute;
  readonly #rows: BatchRows;
  readonly #batch: LinearBatch;
  readonly #products: DenseProducts;
  readonly #given: LinearProblems;
  readonly #options: DeviceSearchOptions;
  /** Parameters a model. */
  readonly #size: number;
  /** Whether features stand in a frame. */
  readonly #framed: boolean;
  readonly #buffers: Readonly<Record<'affines' | 'states' | 'vectors' | 'taken' | 'tried', DeviceBuffer>>;
  #submits: number;
  /** Iteration told last, by model. */
  #told: number[] = [];

  constructor(compute: Compute, rows: BatchRows, batch: LinearBatch, given: LinearProblems, options: DeviceSearchOptions) {
    const { shape, problems } = given;
    const { from } = options;
    this.#compute = compute;
    this.#rows = rows;
    this.#batch = batch;
    this.#products = batch.parts.products as DenseProducts;
    this.#given = given;
    this.#options = options;
    this.#size = shape.columns * widthOf(shape);
    this.#submits = from?.submits ?? 0;
    const affines = affinesOf(
      rows.data.frame,
      problems.map(({ target }) => target),
    );
    this.#framed = affines.some(({ same }) => !same);
    const columnBytes = sizeOf(groupsOf(problems.length * shape.columns)) * 32;
    this.#buffers = {
      affines: compute.upload('affines', this.#framed ? problems.length * shape.cols * 16 : 16, (target) => {
        const out = new Float32Array(target);
        if (!this.#framed) return;
        affines.forEach(({ scale, offset }, model) => {
          for (let j = 0; j < shape.cols; j++) out.set([...pairOf(scale[j]!), ...pairOf(offset[j]!)], (model * shape.cols + j) * 4);
        });
      }),
      states: compute.upload('search states', problems.length * STATE_WORDS * 4, (target) => {
        if (from) new Uint32Array(target).set(from.states);
        else problems.forEach((problem, model) => writeState(target, model, this.#startOf(problem)));
      }),
      vectors: compute.upload('search vectors', problems.length * searchBytes(shape), (target) => {
        const out = new Float32Array(target);
        if (from) out.set(from.vectors);
        // The caller stands at zero; a start elsewhere is one whole step along itself.
        else problems.forEach(({ start }, model) => out.set(start, (model * VECTORS + 4) * this.#size));
      }),
      taken: compute.create('columns by step taken', columnBytes),
      tried: compute.create('columns by step tried', columnBytes),
    };
  }

  async run(): Promise<readonly LbfgsbResult[]> {
    const { states: buffer } = this.#buffers;
    const { problems } = this.#given;
    let states = await this.#states();
    this.#told = states.map(({ iterations }) => (this.#options.from ? iterations : -1));
    for (let running = stillRunning(states); running.length > 0; running = stillRunning(states)) {
      const rounds = this.#rounds(running.length);
      const columns = this.#batch.columnsOf(running);
      this.#compute.write(this.#buffers.taken, columns);
      this.#compute.write(this.#buffers.tried, columns);
      await this.#step(running.length, { take: 'nothing', round: 0 });
      for (let round = 0; round < rounds; round++) {
        await this.#evaluate(running.length, this.#submits === 1 ? FIRST_TRIALS : TRIALS);
        await this.#step(running.length, { take: 'all', round });
      }
      states = await this.#states();
      this.#submits++;
      this.#tell(states, running, rounds);
      this.#batch.standAt(states.map(({ taken }) => taken));
      await this.#options.afterSubmit(async () => ({
        states: new Uint32Array(await this.#compute.read(buffer)),
        vectors: new Float32Array(await this.#compute.read(this.#buffers.vectors)),
        submits: this.#submits,
      }));
    }
    const size = this.#size;
    const vectors = new Float32Array(await this.#compute.read(this.#buffers.vectors));
    const vector = (model: number, kind: number): Float64Array =>
      Float64Array.from({ length: size }, (_, at) => vectors[(model * VECTORS + kind) * size + at]! + vectors[(model * VECTORS + kind + 1) * size + at]!);
    return states.map(({ iterations, value, end }, model): LbfgsbResult => {
      const gradient = vector(model, 2);
      if (!gradient.every(Number.isFinite)) throw overflowed();
      const x = iterations === 0 ? problems[model]!.start : vector(model, 0);
      return { x, value, gradient, iterations, largestGradient: largest(gradient), status: ENDS[end]! };
    });
  }

  release(): void {
    this.#compute.release(...Object.values(this.#buffers));
  }

  #startOf({ start, weightSum, penalty, interceptShare = 0, tol, maxIter }: LinearProblem): LbfgsState {
    const { loss, shape } = this.#given;
    const width = widthOf(shape);
    const bend = start.reduce((sum, value, at) => sum + (at % width === shape.cols ? interceptShare : 1) * penalty * value * value, 0);
    return startState({
      step: largest(start) > 0 ? 1 : 0,
      maxIter,
      value: loss.atZero(shape.columns),
      bend,
      inverseWeight: 1 / weightSum,
      penalty,
      share: interceptShare,
      tolerance: tol,
    });
  }

  /** Few at first, so that a search that ends at its start is not evaluated eight times. */
  #rounds(models: number): number {
    const { rows, cols } = this.#rows.data.shape;
    const most = Math.floor(SUBMIT_WORK / (2 * rows * cols * models * this.#given.shape.columns));
    return Math.max(1, Math.min(TRACE, 2 ** this.#submits, most));
  }

  async #states(): Promise<readonly LbfgsState[]> {
    const bytes = await this.#compute.read(this.#buffers.states);
    return this.#given.problems.map((_, model) => readState(bytes, model));
  }

  #tell(states: readonly LbfgsState[], running: readonly number[], rounds: number): void {
    for (const model of running) {
      const { trace, iterations, phase } = states[model]!;
      for (const { iterations: iteration, value, largest } of trace.slice(0, rounds)) {
        if (iteration <= this.#told[model]!) continue;
        this.#told[model] = iteration;
        this.#options.onIteration(model, { iteration, loss: value, gradient: largest, done: iteration === iterations && PHASES[phase] === 'done' });
      }
    }
  }

  /** Products with the directions, loss and gradient at the steps to try: all of it stays on the device. */
  async #evaluate(models: number, trials: number): Promise<void> {
    const { direction, margins, residuals } = this.#batch.parts.buffers;
    const { taken, tried } = this.#buffers;
    const count = models * this.#given.shape.columns;
    await this.#products.launchMargins(count, { columns: taken, direction, margins });
    for (let trial = 0; trial < trials; trial++) {
      if (trial > 0) await this.#step(models, { take: 'loss', round: 0 });
      await this.#batch.launchLosses(models, tried);
    }
    await this.#products.launchGradients(count, { columns: tried, residuals });
  }

  /** Takes in what was found, and says what is to be evaluated next. */
  async #step(models: number, { take, round }: { readonly take: keyof typeof TAKE; readonly round: number }): Promise<void> {
    const { shape, loss } = this.#given;
    const { partials, launched, pieces, words, weights } = this.#products.sums;
    const { lanes, buffers } = this.#batch.parts;
    const { affines, states, vectors, taken, tried } = this.#buffers;
    const parts = groupsOf(models * shape.columns);
    const eights = parts[0]!.size === 8 ? parts[0]!.count * 8 : 0;
    await this.#compute.launch(lbfgsStep, {
      params: {
        zero: 0,
        take: TAKE[take],
        round,
        classes: shape.columns,
        cols: shape.cols,
        width: widthOf(shape),
        lanes,
        launched,
        pieces,
        words,
        padded: sizeOf(parts),
        eights,
        tail: parts.at(-1)!.size,
        affine: Number(this.#framed),
        level: Number(loss.cleaned !== undefined),
      },
      bindings: { losses: buffers.sums, sums: partials, affines, states, vectors, weights, taken, tried },
      grid: [models],
    });
  }
}

function stillRunning(states: readonly LbfgsState[]): readonly number[] {
  return [...states.keys()].filter((model) => PHASES[states[model]!.phase] !== 'done');
}
