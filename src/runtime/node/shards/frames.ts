// Messages between a driver and its workers as bytes on a socket. A frame is a head of seven words of 32 bits (kind, fit, round, shard,
// bytes of text, bytes of the body, CRC-32 of the body and of the words before it) and its body: a line of JSON, and the numbers beside it as they are in
// memory, each at a multiple of 8 bytes. All little-endian.
import { crc32 } from 'node:zlib';
import type { Duplex } from 'node:stream';
import { PipelineError, type ErrorCode } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import type { Message, Numbers } from '../../../core/shards/shards.ts';

/** What a frame is: `hello` names a worker to its driver; `open` makes a shard, `ask` asks one, `tell` awaits no answer, `drop` frees one, `close` ends a fit; `answer` and `failed` go back. */
export const KINDS = ['hello', 'open', 'ask', 'tell', 'drop', 'close', 'answer', 'failed'] as const;
export type Kind = (typeof KINDS)[number];

export interface Frame {
  readonly kind: Kind;
  /** Which fit, counted by its driver. */
  readonly fit: number;
  /** Which question of the fit. */
  readonly round: number;
  readonly shard: number;
  readonly message: Message;
}

/** Of numbers beside a message, as it names them. */
export const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
export type Type = keyof typeof TYPES;

const HEAD_BYTES = 28;
const CHECK_AT = 24;
/** More is no frame of ours. */
const MOST_BYTES = 1 << 30;
/** Of a `hello`, which is all that a driver reads of those whose token it does not know yet. */
export const HELLO_BYTES = 4096;

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Text and numbers of a message, and their checksum: those of a question that goes to many shards are made once. */
interface Body {
  readonly text: number;
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly check: number;
}

const bodies = new WeakMap<Message, Body>();

function bodyOf(message: Message): Body {
  const known = bodies.get(message);
  if (known) return known;
  const { json, arrays } = message;
  const text = new TextEncoder().encode(JSON.stringify([json, arrays.map((own) => [typeOf(own), own.length])]));
  const pieces: Uint8Array[] = [text];
  for (const own of arrays)
    pieces.push(new Uint8Array(padded(pieces.at(-1)!.length) - pieces.at(-1)!.length), new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  pieces.push(new Uint8Array(padded(pieces.at(-1)!.length) - pieces.at(-1)!.length));
  const filled = pieces.filter((piece) => piece.length > 0); // zlib makes a checksum of 0 of nothing, whatever was before
  const bytes = filled.reduce((sum, piece) => sum + piece.length, 0);
  if (bytes > MOST_BYTES) {
    throw new PipelineError('E_DATA', `A message of a sharded fit has ${bytes} bytes; ${MOST_BYTES} are the most.`, {
      hint: 'Cut the fit into more shards (count), or train fewer models at once.',
    });
  }
  const body = { text: text.length, pieces: filled, bytes, check: filled.reduce((check, piece) => crc32(piece, check), 0) };
  bodies.set(message, body);
  return body;
}

/** What of a frame is written one after the other. */
export function bytesOf({ kind, fit, round, shard, message }: Frame): readonly Uint8Array[] {
  const body = bodyOf(message);
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  [KINDS.indexOf(kind), fit, round, shard, body.text, body.bytes].forEach((word, i) => head.setUint32(i * 4, word, true));
  head.setUint32(CHECK_AT, crc32(new Uint8Array(head.buffer, 0, CHECK_AT), body.check), true);
  return [new Uint8Array(head.buffer), ...body.pieces];
}

export function send(socket: Duplex, frame: Frame): void {
  socket.cork();
  for (const piece of bytesOf(frame)) socket.write(piece);
  socket.uncork();
}

/**
 * Calls `use` with every frame that arrives; a stretch of bytes that is none ends the socket.
 *
 * @param most bytes of the next body, asked before there is memory for it
 */
export function onFrames(socket: Duplex, use: (frame: Frame) => void, most: () => number | undefined = () => undefined): void {
  let head: Uint8Array | undefined;
  let filling = new Uint8Array(HEAD_BYTES);
  let filled = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length && !socket.destroyed;) {
      const count = Math.min(chunk.length - at, filling.length - filled);
      filling.set(chunk.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < filling.length) return;
      try {
        if (head) {
          use(frameOf(head, filling));
          [head, filling] = [undefined, new Uint8Array(HEAD_BYTES)];
        } else [head, filling] = [filling, new Uint8Array(bodyBytesOf(filling, most() ?? MOST_BYTES))];
        filled = 0;
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    }
  });
}

function bodyBytesOf(head: Uint8Array, most: number): number {
  const words = new Uint32Array(head.buffer);
  const [kind, , , , text, body] = [...words];
  if (kind! >= KINDS.length || body! > most || body! % 8 > 0 || text! > body! || text === 0) throw malformed('its head is no head of a frame');
  return body!;
}

function frameOf(head: Uint8Array, body: Uint8Array<ArrayBuffer>): Frame {
  const [kind, fit, round, shard, textBytes, , check] = [...new Uint32Array(head.buffer)];
  if (crc32(head.subarray(0, CHECK_AT), crc32(body)) !== check) throw malformed('its checksum is that of other bytes');
  const [json, shapes] = JSON.parse(new TextDecoder().decode(body.subarray(0, textBytes))) as [JsonRecord, (readonly [Type, number])[]];
  let at = padded(textBytes!);
  const arrays = shapes.map(([type, length]): Numbers => {
    const own = new TYPES[type](body.buffer, at, length);
    at += padded(own.byteLength);
    return own;
  });
  return { kind: KINDS[kind!]!, fit: fit!, round: round!, shard: shard!, message: { json, arrays } };
}

/** What `failed` tells. */
export function errorIn({ json: { code, message, hint } }: Message): PipelineError {
  return new PipelineError(code as ErrorCode, String(message), typeof hint === 'string' ? { hint } : {});
}

export function typeOf(own: Numbers): Type {
  return (Object.keys(TYPES) as Type[]).find((type) => own instanceof TYPES[type])!;
}

function malformed(why: string): PipelineError {
  return new PipelineError('E_DATA', `What arrived from a worker or a driver is no frame: ${why}.`, {
    hint: 'Give all of them the same version of the package, and let nothing else connect.',
  });
}
