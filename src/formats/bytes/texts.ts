// Texts of a column, each made once: decoding takes longer than anything else that is done with a short cell, and most columns of
// texts have few.
import { PipelineError } from '../../core/errors/errors.ts';

/** Texts that are remembered; a column with more is one of ids, where remembering is of no use. */
const MOST = 4096;
const MOST_BYTES = 64;
const SLOTS = 4 * MOST;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const CURE = "Say encoding: 'latin1', or save the file as UTF-8.";

/** @param hint how to correct bytes that are no UTF-8 @throws E_DATA for such bytes */
export function textOf(bytes: Uint8Array, from: number, to: number, hint = CURE): string {
  if (to - from <= MOST_BYTES) {
    let text = '';
    let at = from;
    for (; at < to && bytes[at]! < 0x80; at++) text += String.fromCharCode(bytes[at]!);
    if (at === to) return text;
  }
  try {
    return decoder.decode(bytes.subarray(from, to));
  } catch (cause) {
    const shown = new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + MOST_BYTES)));
    throw new PipelineError('E_DATA', `'${shown}' is not written in UTF-8.`, { hint, cause });
  }
}

export class Texts {
  /** Position among the known texts, from 1; 0 for none. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #hint: string | undefined;
  readonly #known: { readonly hash: number; readonly bytes: Uint8Array; readonly text: string }[] = [];

  /** @param hint as for {@link textOf} */
  constructor(hint?: string) {
    this.#hint = hint;
  }

  of(bytes: Uint8Array, from: number, to: number): string {
    const length = to - from;
    if (length > MOST_BYTES) return textOf(bytes, from, to, this.#hint);
    let hash = length; // FNV-1a
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const position = this.#slots[slot]!;
      if (position === 0) break;
      const known = this.#known[position - 1]!;
      if (known.hash === hash && same(known.bytes, bytes, from, length)) return known.text;
      slot = (slot + 1) & (SLOTS - 1);
    }
    const text = textOf(bytes, from, to, this.#hint);
    if (this.#known.length < MOST) {
      this.#known.push({ hash, bytes: bytes.slice(from, to), text });
      this.#slots[slot] = this.#known.length;
    }
    return text;
  }
}

/** Whether bytes from `from` on are these. */
export function same(wanted: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (wanted.length !== length) return false;
  for (let i = 0; i < length; i++) if (wanted[i] !== bytes[from + i]) return false;
  return true;
}
