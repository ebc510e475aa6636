// A batch whose solver stays on the device, with what a fit owes a run meanwhile: checkpoints, and where it stands.
import type { Compute } from '../../../core/compute.ts';
import type { Checkpoint } from '../../../dsl/stage/context.ts';
import { STATE_WORDS, VECTORS } from '../../../kernels/lbfgsStep/lbfgsState.ts';
import type { LbfgsbResult } from '../../solver/lbfgsb.ts';
import type { BatchRows } from '../batch.ts';
import { isHistory, type FitState } from '../fit/checkpoint.ts';
import type { LinearProblems } from '../fit/fitBatch.ts';
import { widthOf } from '../fit/objective.ts';
import { DenseProducts } from '../denseProducts.ts';
import type { LinearBatch } from '../linearBatch.ts';
import { searchOnDevice, type DeviceSearchOptions, type DeviceState } from './deviceSearch.ts';

/** What a checkpoint keeps of such a fit between two submits. */
interface DeviceFitState extends Pick<FitState, 'batch' | 'history'> {
  readonly search: DeviceState;
}

interface Course extends Pick<DeviceSearchOptions, 'onIteration'> {
  readonly checkpoint: Checkpoint | undefined;
  /** What the checkpoint had of the same fit. */
  readonly saved: unknown;
  readonly history: readonly number[][];
  /** Takes up the history of the fit that was interrupted. */
  readonly resume: (history: FitState['history'], iterations: number) => void;
  readonly show: () => void;
}

export async function fitOnDevice(
  compute: Compute,
  rows: BatchRows,
  batch: LinearBatch,
  given: LinearProblems,
  { checkpoint, saved, history, resume, show, onIteration }: Course,
): Promise<readonly LbfgsbResult[]> {
  const stood = isDeviceFitState(saved, batch, given) ? saved : undefined;
  if (stood) {
    batch.restore(stood.batch);
    resume(stood.history, Math.max(...stood.history.map((losses) => losses.length - 1)));
  }
  return searchOnDevice(compute, rows, batch, given, {
    from: stood?.search,
    onIteration,
    afterSubmit: async (state) => {
      if (checkpoint?.due()) checkpoint.save({ search: await state(), history, batch: await batch.state() } satisfies DeviceFitState);
      show();
    },
  });
}

function isDeviceFitState(saved: unknown, batch: LinearBatch, { shape, problems }: LinearProblems): saved is DeviceFitState {
  const { search, batch: stood, history } = (saved ?? {}) as Partial<DeviceFitState>;
  try {
    return (
      search?.states instanceof Uint32Array &&
      search.states.length === problems.length * STATE_WORDS &&
      search.vectors instanceof Float32Array &&
      search.vectors.length === problems.length * VECTORS * shape.columns * widthOf(shape) &&
      Number.isInteger(search.submits) &&
      isHistory(history, problems.length) &&
      batch.parts.products instanceof DenseProducts &&
      batch.fits(stood!)
    );
  } catch {
    return false; // not even the fields are there
  }
}
