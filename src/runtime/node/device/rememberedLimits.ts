// What the device of the last run could bind, so that `pipeline check` need not open one: that takes longer than the check.
import type { AdapterSummary } from '../../../core/events.ts';
import { nodeNoteStore } from './noteStore.ts';

export interface RememberedLimits {
  readonly name: string;
  readonly maxBindingBytes: number;
}

/** What WebGPU promises of every adapter. */
export const LEAST_BINDING_BYTES = 128 * 2 ** 20;

/** @param wish the adapter asked for: another one may have other limits */
function noteOf(wish: string | undefined): string {
  return `limits-${encodeURIComponent((wish?.trim() || process.env['PIPELINE_ADAPTER']?.trim() || 'auto').toLowerCase())}`;
}

export async function rememberLimits(wish: string | undefined, { name }: AdapterSummary, maxBindingBytes: number): Promise<void> {
  await nodeNoteStore().set(noteOf(wish), JSON.stringify({ name, maxBindingBytes } satisfies RememberedLimits));
}

/** Undefined before the first run. */
export async function rememberedLimits(wish: string | undefined): Promise<RememberedLimits | undefined> {
  try {
    return JSON.parse((await nodeNoteStore().get(noteOf(wish))) ?? '') as RememberedLimits;
  } catch {
    return undefined;
  }
}
