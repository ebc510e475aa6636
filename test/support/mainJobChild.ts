// The main job in a runtime other than Node, from the built package, as a user's program has it: prints adapter and outputs as one
// line of JSON.
import { runPipeline } from 'pipeline-gpu/node';
import detector from '../../pipelines/mnist-2detector.ts';

let adapter: unknown;
const { status, outputs, error } = await runPipeline(detector, {
  onEvent: (event) => {
    if (event.type === 'adapter-ready') adapter = event.adapter;
  },
});
console.log(JSON.stringify({ status, outputs, adapter, error: error === undefined ? undefined : String(error) }));
