// What the adapter says of itself, all of it, and how its clock compares with ours: a pass timed by its timestamps and by the host. Prints JSON.
// usage: tsx bench/bundle/adapter.ts [--adapter NAME]
import { parseArgs } from 'node:util';
import { BufferUsage, MapMode } from '../../src/runtime/gpu/constants.ts';
import { openAdapter } from '../../src/runtime/node/device/adapters.ts';
import { throttlePolling } from '../../src/runtime/node/device/polling.ts';

const INVOCATIONS = 65_536;
/** Some milliseconds on any adapter that was seen. */
const ROUNDS = [100, 1_000, 10_000, 100_000];
const LONG_MS = 5;
const QUERY_RESOLVE = 0x200;
const CODE = `
override rounds: u32;
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = f32(id.x);
  for (var i = 0u; i < rounds; i++) { sum = fma(sum, 0.999, 0.001); }
  sums[id.x] = sum;
}`;

/** One pass by both clocks, as long as it takes for the difference between them to be small. */
async function timePass(adapter: GPUAdapter, wait: <T>(pending: Promise<T>) => Promise<T>): Promise<object> {
  if (!adapter.features.has('timestamp-query')) return { supported: false };
  const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
  try {
    const module = device.createShaderModule({ code: CODE });
    const sums = device.createBuffer({ size: INVOCATIONS * 4, usage: BufferUsage.STORAGE });
    const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | BufferUsage.COPY_SRC });
    const readback = device.createBuffer({ size: 16, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
    const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
    let timed = {};
    for (const rounds of ROUNDS) {
      const pipeline = await wait(device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main', constants: { rounds } } }));
      const run = async (): Promise<number> => {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: sums } }] }));
        pass.dispatchWorkgroups(INVOCATIONS / 64);
        pass.end();
        encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, readback, 0, 16);
        device.queue.submit([encoder.finish()]);
        await wait(readback.mapAsync(MapMode.READ));
        const [begin, end] = new BigUint64Array(readback.getMappedRange().slice(0)) as unknown as [bigint, bigint];
        readback.unmap();
        return Number(end - begin) / 1e6;
      };
      await run(); // drivers compile at the first launch
      const started = performance.now();
      const deviceMs = await run();
      const hostMs = performance.now() - started;
      timed = { supported: true, deviceMs, hostMs, multiplyAdds: INVOCATIONS * rounds };
      if (hostMs >= LONG_MS) break;
    }
    return timed;
  } finally {
    device.destroy();
  }
}

const { values } = parseArgs({ options: { adapter: { type: 'string' } } });
const { adapter, summary } = await openAdapter({ adapter: values.adapter, quiet: true });
const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
// Its limits stand on the prototype.
const limits = Object.fromEntries(
  Object.keys(Object.getPrototypeOf(adapter.limits) as object).map((name) => [name, adapter.limits[name as keyof GPUSupportedLimits]]),
);
const timestamps = await timePass(adapter, throttlePolling(summary)).catch((error: unknown) => ({ supported: true, failure: String(error) }));
process.stdout.write(
  `${JSON.stringify({ info: { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize }, features: [...adapter.features].toSorted(), limits, timestamps })}\n`,
);
