// What onnxruntime makes of an ONNX file: the judge of files that are written here. It runs as WebAssembly, in this process.
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { ElementType, GraphTensor } from '../../src/models/graph/graph.ts';
import { filled } from '../../src/models/graph/tensors.ts';

env.wasm.numThreads = 1;
env.logLevel = 'error';

const TYPES: Readonly<Record<string, ElementType>> = {
  float32: 'float',
  float64: 'double',
  int64: 'int64',
  int32: 'int32',
  uint8: 'uint8',
  bool: 'bool',
  string: 'string',
};

/** What the graph of a file gives for these inputs, by name. */
export async function runWithOnnxRuntime(bytes: Uint8Array, inputs: Readonly<Record<string, GraphTensor>>): Promise<Readonly<Record<string, GraphTensor>>> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  try {
    const fed = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensorOf(tensor)]));
    const results = await session.run(fed);
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [name, filled(TYPES[type]!, dims, (i) => read(data as ArrayLike<unknown>, i))]),
    );
  } finally {
    await session.release();
  }
}

function tensorOf({ type, dims, data }: GraphTensor): Tensor {
  switch (type) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(data as Float64Array, BigInt), dims);
    case 'string':
      return new Tensor('string', [...(data as readonly string[])], dims);
    case 'float':
      return new Tensor('float32', data as Float32Array, dims);
    case 'double':
      return new Tensor('float64', data as Float64Array, dims);
    default:
      return new Tensor(type, data as Uint8Array, dims);
  }
}

function read(data: ArrayLike<unknown>, i: number): number | string {
  const value = data[i];
  return typeof value === 'bigint' ? Number(value) : (value as number | string);
}
