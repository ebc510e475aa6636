// What a run needs from a page: the browser's device, and shaders by URL.
import type { Compute } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { AdapterSummary } from '../../core/events.ts';
import { createCompute } from '../gpu/compute.ts';
import { requestDevice, summaryOf } from '../gpu/device.ts';
import { memoryNotes, type NoteStore } from '../gpu/notes.ts';
import type { OpenedCompute } from '../run.ts';

/** What stands in front of the text in the URLs that bundlePipeline makes. */
const INLINE = 'text/wgsl,';

export async function loadText(url: URL): Promise<string> {
  // Not by fetch, which a page's content security policy may forbid for data: URLs.
  if (url.protocol === 'data:' && url.pathname.startsWith(INLINE)) return decodeURIComponent(url.pathname.slice(INLINE.length));
  const response = await fetch(url);
  if (response.ok) return response.text();
  throw new PipelineError('E_FETCH', `The kernel ${url.href} could not be loaded: HTTP ${response.status}.`, {
    hint: 'Serve the .wgsl files beside the scripts, or bundle them with bundlePipeline.',
  });
}

/**
 * Opens the browser's best adapter.
 *
 * @param solver where linear models are searched for, default on the host
 * @throws E_NO_ADAPTER when the browser has none, with the cure
 */
export async function openBrowserCompute(solver?: Compute['solver']): Promise<OpenedCompute> {
  const adapter = await requestAdapter();
  const summary = withSolver(adapter, solver);
  const device = await requestDevice(adapter, summary, "Reload the page; chrome://gpu shows the state of Chrome's drivers.");
  return { compute: createCompute(device, { load: loadText, notes: browserNotes(), solver: summary.solver }), summary };
}

/** The adapter that {@link openBrowserCompute} opens. @throws E_NO_ADAPTER */
export async function browserAdapter(solver?: Compute['solver']): Promise<AdapterSummary> {
  return withSolver(await requestAdapter(), solver);
}

function withSolver(adapter: GPUAdapter, solver: Compute['solver']): AdapterSummary {
  return { ...summaryOf(adapter), ...(solver === 'device' ? { solver } : {}) };
}

async function requestAdapter(): Promise<GPUAdapter> {
  // Deno, which has WebGPU, has no such word.
  if (globalThis.isSecureContext === false) {
    throw new PipelineError('E_NO_ADAPTER', 'This page is not a secure context, which WebGPU needs.', {
      hint: 'Serve the page over https, or from localhost.',
    });
  }
  // The types promise it; browsers do not.
  const gpu = (navigator as Partial<NavigatorGPU>).gpu;
  if (!gpu) {
    throw new PipelineError('E_NO_ADAPTER', 'This browser has no WebGPU: navigator.gpu is missing.', {
      hint: 'Use Chrome or Edge 131, Safari 26, Firefox 141 or later, on a system where they support WebGPU.',
    });
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) return adapter;
  throw new PipelineError('E_NO_ADAPTER', 'This browser has WebGPU but offers no adapter.', {
    hint: 'Turn on hardware acceleration; without a GPU, start Chromium with --enable-unsafe-webgpu.',
  });
}

/** In localStorage; where there is none (workers) or it is forbidden (sandboxed frames), nothing is kept beyond the page. */
function browserNotes(): NoteStore {
  const storage = localStorageOf(globalThis);
  if (!storage) return memoryNotes();
  const nameOf = (key: string): string => `pipeline-gpu/notes/${key}`;
  return {
    get: async (key) => storage.getItem(nameOf(key)) ?? undefined,
    set: async (key, text) => {
      try {
        storage.setItem(nameOf(key), text);
      } catch {
        // full: measured again next time
      }
    },
  };
}

function localStorageOf(page: { readonly localStorage?: Storage }): Storage | undefined {
  try {
    return page.localStorage;
  } catch {
    return undefined;
  }
}
