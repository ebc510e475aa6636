// Operators that run graphs within a graph: Scan, Loop, If.
import type { GraphTensor } from '../graph.ts';
import { around, axisOf, filled, given, numbers, pick, walk, type Call, type Operators } from '../tensors.ts';
import { concat, resized } from './shapes.ts';

type Inputs = readonly (GraphTensor | undefined)[];

function bodyOf({ attributes }: Call, name = 'body'): NonNullable<Call['attributes'][string]['graph']> {
  const body = attributes[name]?.graph;
  if (!body) throw new Error(`it has no graph '${name}'`);
  return body;
}

/** The i-th slice along an axis, without that axis. */
function sliceAt(x: GraphTensor, axis: number, i: number): GraphTensor {
  const [outer, size, inner] = around(x.dims, axis);
  return pick(x, x.dims.toSpliced(axis, 1), walk([outer, inner], [size * inner, 1], i * inner));
}

/** Slices put side by side along a new axis. */
function stacked(slices: readonly GraphTensor[], axis: number, call: Call): GraphTensor {
  const [first] = slices;
  if (!first) throw new Error('it runs no round, so that the sizes of what it gives are unknown');
  const at = axis < 0 ? axis + first.dims.length + 1 : axis;
  return concat(
    slices.map((slice) => resized(slice, slice.dims.toSpliced(at, 0, 1))),
    { ...call, attributes: { axis: { int: at } } },
  );
}

function scan(inputs: Inputs, call: Call): readonly GraphTensor[] {
  if (call.version < 9) throw new Error('version 8 of it is not among what this program runs');
  const body = bodyOf(call);
  const { attributes } = call;
  const count = attributes['num_scan_inputs']?.int ?? 0;
  const states = inputs.length - count;
  const axes = attributes['scan_input_axes']?.ints ?? [];
  const back = attributes['scan_input_directions']?.ints ?? [];
  const sequences = inputs.slice(states).map(given);
  const own = sequences.map(({ dims }, i) => axisOf(axes[i] ?? 0, dims.length));
  const rounds = sequences[0]?.dims[own[0]!] ?? 0;
  let state: readonly GraphTensor[] = inputs.slice(0, states).map(given);
  const slices: GraphTensor[][] = body.outputs.slice(states).map(() => []);
  for (let round = 0; round < rounds; round++) {
    const now = sequences.map((one, i) => sliceAt(one, own[i]!, back[i] ? rounds - 1 - round : round));
    const results = call.run(body, [...state, ...now]);
    state = results.slice(0, states);
    results.slice(states).forEach((slice, i) => (attributes['scan_output_directions']?.ints?.[i] ? slices[i]!.unshift(slice) : slices[i]!.push(slice)));
  }
  return [...state, ...slices.map((list, i) => stacked(list, attributes['scan_output_axes']?.ints?.[i] ?? 0, call))];
}

function loop([most, first, ...carried]: Inputs, call: Call): readonly GraphTensor[] {
  const body = bodyOf(call);
  const rounds = most ? numbers(most)[0]! : Infinity;
  let going = first ? numbers(first)[0] !== 0 : true;
  let state = carried.map(given);
  const slices: GraphTensor[][] = body.outputs.slice(1 + state.length).map(() => []);
  for (let round = 0; going && round < rounds; round++) {
    const results = call.run(body, [filled('int64', [], () => round), filled('bool', [], () => 1), ...state]);
    going = numbers(results[0])[0] !== 0;
    state = results.slice(1, 1 + state.length);
    results.slice(1 + state.length).forEach((slice, i) => slices[i]!.push(slice));
  }
  return [...state, ...slices.map((list) => stacked(list, 0, call))];
}

export const control: Operators = {
  If: ([condition], call) => call.run(bodyOf(call, numbers(condition)[0] ? 'then_branch' : 'else_branch'), []),
  Loop: loop,
  Scan: scan,
};
