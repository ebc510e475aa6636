// What downloads have in common on every platform: a look at how a body begins, and a bound to what it may become.

/** The first `bytes` of a body, fewer where it is shorter, and everything including them. Whoever stops early gives it up. */
export async function peek(body: AsyncIterable<Uint8Array>, bytes: number): Promise<{ readonly head: Uint8Array; readonly whole: AsyncGenerator<Uint8Array> }> {
  const source = body[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  const head: number[] = [];
  while (head.length < bytes) {
    const { done, value } = await source.next();
    if (done) break;
    first.push(value);
    head.push(...value.subarray(0, bytes - head.length));
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { head: Uint8Array.from(head), whole: whole() };
}

/** Whether bytes begin like gzip: what arrives decides, not what was announced. */
export function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

/** The chunks, of `maxBytes` at most. Counted as they come: a bomb is stopped at the first piece too many. @throws `tooMany` of a message */
export async function* bounded(chunks: AsyncIterable<Uint8Array>, maxBytes: number, tooMany: (message: string) => Error): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooMany(`unpacks to more than ${maxBytes} bytes`);
    yield chunk;
  }
}

/** The pieces of a body in one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
