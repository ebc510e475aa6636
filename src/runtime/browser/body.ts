// From the body of a response to bytes in memory: unpacked where it is gzip, and never longer than allowed.
import type { KnownFile } from '../../core/files.ts';
import { bounded, isGzip, peek } from '../peek.ts';

/** Complete, but not the bytes that were wanted. */
export class WrongDigest extends Error {}

/** The chunks of a stream; not every browser's streams are async iterable. A reader that stops early cancels the download. */
export async function* chunksOf(body: ReadableStream<Uint8Array>, onBytes: (done: number) => void = () => {}): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      received += value.length;
      onBytes(received);
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** The body, unpacked when it starts like gzip: servers and browsers may have unpacked it on the way. */
export async function* unpacked(body: AsyncGenerator<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(body, 2);
  yield* bounded(isGzip(head) ? gunzipped(whole) : whole, maxBytes, (message) => new Error(message));
}

/** Fills `target`, which is exactly as long as the file. */
export async function readInto(chunks: AsyncIterable<Uint8Array>, file: KnownFile, target: Uint8Array): Promise<void> {
  let filled = 0;
  for await (const chunk of chunks) {
    if (filled + chunk.length > file.sizeBytes) throw new Error(`${file.name}: more than ${file.sizeBytes} bytes arrived`);
    target.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < file.sizeBytes) throw new Error(`${file.name}: ended after ${filled} of ${file.sizeBytes} bytes`);
}

function gunzipped(body: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await body.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: async () => void (await body.return(undefined)),
  });
  return chunksOf(source.pipeThrough(new DecompressionStream('gzip')));
}
