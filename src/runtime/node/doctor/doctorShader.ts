// A small computation from upload to readback, compared with the same in TypeScript: drivers exist that open a device and
// then compute wrongly or not at all. Integers, so that equal means equal.
import type { AdapterSummary } from '../../../core/events.ts';
import type { Check } from './doctor.ts';
import { BufferUsage, MapMode } from '../../gpu/constants.ts';
import { throttlePolling } from '../device/polling.ts';

const COUNT = 4096;
const WGSL = `
@group(0) @binding(0) var<storage, read_write> values: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var x = values[id.x];
  for (var i = 0u; i < 8u; i++) { x = (x * 1664525u + 1013904223u) ^ (x >> 13u); }
  values[id.x] = x;
}`;

export async function checkShader(device: GPUDevice, summary: AdapterSummary): Promise<Check> {
  const cure = 'Update the driver, or choose another adapter with --adapter (for example swiftshader).';
  const started = performance.now();
  const input = Uint32Array.from({ length: COUNT }, (_, i) => Math.imul(i, 2654435761));
  device.pushErrorScope('validation');
  const output = await compute(device, throttlePolling(summary), input);
  const error = await device.popErrorScope();
  if (error) return { check: 'shader', status: 'fail', text: `a shader does not run: ${error.message}`, cure };
  const wrong = input.findIndex((value, i) => reference(value) !== output[i]);
  if (wrong >= 0) {
    return {
      check: 'shader',
      status: 'fail',
      text: `a shader computes ${output[wrong]} where ${reference(input[wrong]!)} is right (value ${wrong} of ${COUNT})`,
      cure,
    };
  }
  return { check: 'shader', status: 'ok', text: `compute and readback agree with the CPU, ${(performance.now() - started).toFixed(0)} ms with compilation` };
}

function reference(value: number): number {
  let x = value;
  for (let i = 0; i < 8; i++) x = ((Math.imul(x, 1664525) + 1013904223) ^ (x >>> 13)) >>> 0;
  return x;
}

async function compute(device: GPUDevice, wait: <T>(pending: Promise<T>) => Promise<T>, input: Uint32Array<ArrayBuffer>): Promise<Uint32Array> {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = BufferUsage;
  const module = device.createShaderModule({ code: WGSL });
  const pipeline = await wait(device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } }));
  const values = device.createBuffer({ size: input.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
  const readback = device.createBuffer({ size: input.byteLength, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(values, 0, input);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: values } }] }));
  pass.dispatchWorkgroups(COUNT / 64);
  pass.end();
  encoder.copyBufferToBuffer(values, 0, readback, 0, input.byteLength);
  device.queue.submit([encoder.finish()]);
  await wait(readback.mapAsync(MapMode.READ));
  const output = new Uint32Array(readback.getMappedRange().slice(0));
  readback.destroy();
  values.destroy();
  return output;
}
