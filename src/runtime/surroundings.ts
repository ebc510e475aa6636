// The world around stages, as far as they declare it: files and the environment they depend on, files that they leave.
import { sha256 } from '../core/encoding/digest.ts';
import { PipelineError, type SourcePlace } from '../core/errors/errors.ts';
import type { Disk } from '../core/files.ts';
import type { GraphNode } from '../dsl/graph/graph.ts';
import { fileUrl, type StageInputs } from '../dsl/stage/inputs.ts';
import type { CacheEntry, CacheStore } from './keys/cache.ts';
import type { Parts } from './keys/identity.ts';

/** The platform knows how to look. */
export interface Surroundings extends Disk {
  /** Parts of a key, by what they are called. @throws E_DATA for a file that is not there */
  inputs(inputs: StageInputs, at: SourcePlace | undefined): Promise<Parts>;
}

/** Files that a stage left, by their digests. */
export interface LeftFile {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** The files that a stage said it would leave. @throws E_STAGE when one is not there */
export async function leftFiles({ path, stage }: GraphNode, around: Surroundings | undefined): Promise<readonly LeftFile[]> {
  const { outputs = [] } = stage.spec;
  if (!around) return [];
  return Promise.all(
    outputs.map(async (file) => {
      const url = fileUrl(file, stage.at);
      const bytes = await around.read(url);
      if (bytes) return { digest: await sha256(bytes), bytes };
      throw new PipelineError('E_STAGE', `Stage '${path}' declares the output '${String(file)}' and did not write it.`, {
        at: stage.at,
        stage: path,
        hint: `Write it to ${decodeURIComponent(url.pathname)}, or leave it out of outputs.`,
      });
    }),
  );
}

/** Brings back the files that a cached stage left, where they are gone or others. @returns false when that cannot be done */
export async function restoreFiles({ stage }: GraphNode, { files = [] }: CacheEntry, store: CacheStore, around: Surroundings | undefined): Promise<boolean> {
  if (!around) return true;
  try {
    for (const [i, digest] of files.entries()) {
      const url = fileUrl(stage.spec.outputs![i]!, stage.at);
      const there = await around.read(url);
      if (there && (await sha256(there)) === digest) continue;
      const bytes = await store.getBlob(digest);
      if (!bytes) return false;
      await around.write(url, bytes);
    }
    return true;
  } catch {
    return false;
  }
}
