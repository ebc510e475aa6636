// Threads that load what is built: they have nothing that reads TypeScript.
import type { Threads } from '../../src/core/threads.ts';
import { nodeThreads } from '../../src/runtime/node/threads.ts';

export const builtThreads: Threads = {
  ...nodeThreads,
  call: (module, data, signal) => nodeThreads.call(new URL(module.href.replace('/src/', '/dist/').replace(/ts$/, 'js')), data, signal),
};
