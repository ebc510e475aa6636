// A value as one piece of bytes, for what is written and read whole: a line that says what follows, the value's text, then
// its typed arrays. Every part is checked against its digest, so bytes that were cut, changed or made up are refused.
import { sha256 } from './digest.ts';
import { decode, encode, type Encoded } from './encoding.ts';
import { PipelineError } from '../errors/errors.ts';

const FORMAT = 2;
const NEWLINE = 10;
/** Longest first line that is looked at: 100 bytes for each of ten thousand arrays. */
const MAX_HEAD_BYTES = 1e6;

interface Head {
  readonly format: typeof FORMAT;
  readonly text: Part;
  readonly blobs: readonly Part[];
}

/** Digest and bytes of one part. */
type Part = readonly [digest: string, bytes: number];

/** @throws E_ENCODE naming the part of the value that has no encoding */
export async function pack(value: unknown): Promise<Uint8Array> {
  return packEncoded(await encode(value));
}

export function packEncoded({ digest, text, blobs }: Encoded): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const head: Head = { format: FORMAT, text: [digest, bytes.length], blobs: [...blobs].map(([name, bytes]) => [name, bytes.byteLength]) };
  const parts = [new TextEncoder().encode(`${JSON.stringify(head)}\n`), bytes, ...blobs.values()];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** @throws E_ENCODE when the bytes are not what `pack` makes */
export async function unpack(packed: Uint8Array): Promise<unknown> {
  const end = packed.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE);
  const head = headOf(packed.subarray(0, Math.max(0, end)));
  const parts = [head.text, ...head.blobs];
  if (end + 1 + parts.reduce((sum, [, bytes]) => sum + bytes, 0) !== packed.length) throw refused('its parts do not add up');
  const found = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const [digest, bytes] of parts) {
    const part = packed.subarray(at, (at += bytes));
    if ((await sha256(part)) !== digest) throw refused('a part has another digest');
    found.set(digest, part);
  }
  return decode(new TextDecoder().decode(found.get(head.text[0])), async (digest) => {
    const bytes = found.get(digest);
    if (!bytes) throw refused('a typed array is missing');
    return bytes;
  });
}

function headOf(line: Uint8Array): Head {
  let head: Partial<Head> | null;
  try {
    head = JSON.parse(new TextDecoder().decode(line)) as Partial<Head> | null;
  } catch {
    throw refused('its first line is not JSON');
  }
  const isPart = (part: unknown): boolean => Array.isArray(part) && typeof part[0] === 'string' && Number.isSafeInteger(part[1]) && (part[1] as number) >= 0;
  if (head?.format !== FORMAT || !isPart(head.text) || !Array.isArray(head.blobs) || !head.blobs.every(isPart)) throw refused('its first line is another');
  return head as Head;
}

function refused(why: string): PipelineError {
  return new PipelineError('E_ENCODE', `Stored bytes are not a packed value: ${why}.`, { hint: 'It is computed again.' });
}
