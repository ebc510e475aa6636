// Results kept for as long as the page lives. A page cannot read which code its stages came from, but it cannot load other
// code for this package either; so this package's stages are kept, and a user's own stages run every time.
import { memoryCacheStore } from '../keys/cache.ts';
import type { ResultCache } from '../engine/options.ts';
import { loadText } from './compute.ts';

/**
 * Results in memory, for `cache` of {@link runPipeline}: a run after another does again only what changed.
 *
 * @example
 * const cache = memoryCache();
 * await runPipeline(detector, { cache }); // trains
 * await runPipeline(detector, { cache }); // finds the model
 */
export function memoryCache(): ResultCache {
  const code = {
    packageDigests: async () => ({ code: 'this page', kernels: 'this page' }),
    closure: async (files: readonly string[]) => {
      if (files.length === 0) return {};
      throw new Error('a page cannot tell what it imports');
    },
    text: loadText,
  };
  return { store: memoryCacheStore(), code };
}
