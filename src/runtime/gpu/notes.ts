// Notes about an adapter, kept under a key that changes with the adapter, its driver and the text of the kernels they are
// about: a note is never read back for something it was not measured on.
import type { Kernel, Notes } from '../../core/compute.ts';
import type { Json } from '../../core/events.ts';
import { assemble, type LoadText } from './shader.ts';

/** Text by key, kept wherever the platform keeps things. Losing it costs time, never correctness. */
export interface NoteStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
}

export function memoryNotes(): NoteStore {
  const kept = new Map<string, string>();
  return { get: async (key) => kept.get(key), set: async (key, text) => void kept.set(key, text) };
}

export function createNotes(store: NoteStore, { vendor, architecture, device, description }: GPUAdapterInfo, load: LoadText): Notes {
  async function keyOf(topic: string, kernels: readonly Kernel[]): Promise<string> {
    const sources = await Promise.all(kernels.map((kernel) => assemble(kernel, {}, load)));
    const text = [vendor, architecture, device, description, ...sources.map(({ code }) => code)].join('\n');
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    return `${topic}-${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return {
    async get(topic, kernels) {
      try {
        const text = await store.get(await keyOf(topic, kernels));
        return text === undefined ? undefined : (JSON.parse(text) as Json);
      } catch {
        return undefined; // a damaged note is no note
      }
    },
    async set(topic, kernels, note) {
      await store.set(await keyOf(topic, kernels), JSON.stringify(note));
    },
  };
}
