// Whether what a pipeline trains fits what a device can bind. Rows are cut into pieces, what is kept for each of them is not.
import { PipelineError } from '../core/errors/errors.ts';
import type { Facts } from '../dsl/graph/facts.ts';
import type { GraphNode } from '../dsl/graph/graph.ts';

/** Trainings with a buffer larger than `maxBindingBytes`, one error each. */
export function tooLarge(facts: ReadonlyMap<GraphNode, Facts>, maxBindingBytes: number, device: string): readonly PipelineError[] {
  return [...facts].flatMap(([{ path, stage }, provided]) =>
    Object.values(provided).flatMap((fact) => {
      if (fact.type !== 'model' || !fact.buffers) return [];
      const [label, bytes] = Object.entries(fact.buffers).reduce((a, b) => (b[1] > a[1] ? b : a));
      if (bytes <= maxBindingBytes) return [];
      const message = `Training ${fact.models === 1 ? 'a model' : `${fact.models} models at once`} needs a buffer of ${bytes} bytes ('${label}'); ${device} binds at most ${maxBindingBytes}.`;
      return [
        new PipelineError('E_DEVICE', message, { at: stage.at, stage: path, hint: 'Train fewer rows, folds or grid points at once, or use another adapter.' }),
      ];
    }),
  );
}
