// Figures beside ONNX files: what goes into a model, and how far what comes out is from what was expected.
import type { Graph, GraphTensor } from '../../src/models/graph/graph.ts';
import { filled } from '../../src/models/graph/tensors.ts';

type Nested = null | boolean | number | string | readonly Nested[];

export interface Figures {
  readonly file: string;
  /** Rows of each input, by its name. */
  readonly inputs: Readonly<Record<string, readonly (readonly (number | string | null)[])[]>>;
  /** What that library gave, by output. */
  readonly onnxruntime?: Readonly<Record<string, Nested>>;
  /** What the model gave, by method. */
  readonly sklearn?: Readonly<Record<string, Nested>>;
}

/** The inputs of a graph. What JSON has no number for is no value. */
export function fedTo(graph: Graph, inputs: Figures['inputs']): Readonly<Record<string, GraphTensor>> {
  return Object.fromEntries(
    graph.inputs.map(({ name, type }) => {
      const rows = inputs[name]!;
      const cells = rows.flat();
      return [name, filled(type, [rows.length, rows[0]!.length], (i) => cells[i] ?? NaN)];
    }),
  );
}

/** The largest difference from an expected value, as a share of it where it is beyond 1; infinite for another label, text or count. */
export function worstError(expected: Readonly<Record<string, Nested>>, outputs: Readonly<Record<string, GraphTensor>>): number {
  let worst = 0;
  for (const [name, nested] of Object.entries(expected)) {
    // A list of tensors comes out as outputs of their own.
    const { type, data } = outputs[name] ?? joined(outputs);
    const wanted = flat(nested);
    if (wanted.length !== data.length) return Infinity;
    wanted.forEach((want, i) => {
      const got = data[i]!;
      if (typeof got === 'string' || type === 'int64' || type === 'bool')
        worst = Math.max(worst, got === (typeof got === 'string' ? want : Number(want)) ? 0 : Infinity);
      else if (want === null) worst = Math.max(worst, Number.isFinite(got) ? Infinity : 0);
      else worst = Math.max(worst, errorOf(Number(want), got));
    });
  }
  return worst;
}

function errorOf(want: number, got: number): number {
  if (want === got) return 0;
  const error = Math.abs(want - got) / Math.max(1, Math.abs(want));
  return Number.isNaN(error) ? Infinity : error;
}

function joined(outputs: Readonly<Record<string, GraphTensor>>): GraphTensor {
  const data = Object.values(outputs)
    .filter(({ type }) => type === 'float')
    .flatMap((one) => [...(one.data as Float32Array)]);
  return { type: 'float', dims: [data.length], data: Float32Array.from(data) };
}

const flat = (nested: Nested): readonly Exclude<Nested, readonly Nested[]>[] => (Array.isArray(nested) ? nested.flatMap(flat) : [nested as number]);
