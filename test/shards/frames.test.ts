// Frames on a socket: what is sent arrives, however the bytes are cut, and what is no frame ends the line.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { bytesOf, onFrames, type Frame } from '../../src/runtime/node/shards/frames.ts';

const frames: readonly Frame[] = [
  {
    kind: 'ask',
    fit: 1,
    round: 2,
    shard: 3,
    message: { json: { ask: 'losses', models: [0, 2], more: 'ä\n' }, arrays: [Float64Array.of(1.5, -0, NaN), Uint8Array.of(7)] },
  },
  { kind: 'answer', fit: 1, round: 2 ** 32 - 1, shard: 0, message: { json: {}, arrays: [] } },
  {
    kind: 'open',
    fit: 1,
    round: 0,
    shard: 0,
    message: { json: {}, arrays: [Float32Array.from({ length: 70_001 }, (_, i) => i), new Uint32Array(0), Uint16Array.of(1, 2, 3)] },
  },
];
const bytes = Buffer.concat(frames.flatMap((frame) => [...bytesOf(frame)]));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function line(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [far] = (await once(server, 'connection')) as [Socket];
  far.on('error', () => {});
  near.on('error', () => {});
  closing.push(() => {
    near.destroy();
    server.close();
  });
  return [near, far];
}

test.each([1, 7, 28, 1000, bytes.length])('in pieces of %d bytes', async (size) => {
  const [near, far] = await line();
  const found: Frame[] = [];
  const all = new Promise<void>((done) => onFrames(far, (frame) => found.push(frame) === frames.length && done()));
  const end = size < 28 ? bytesOf(frames[0]!).reduce((sum, own) => sum + own.length, 0) : bytes.length; // few bytes take long
  for (let at = 0; at < end; at += size) near.write(bytes.subarray(at, Math.min(end, at + size)));
  if (end < bytes.length) near.write(bytes.subarray(end));
  await all;
  expect(found.slice(0, 2)).toEqual(frames.slice(0, 2));
  expect(bytes.equals(Buffer.concat(found.flatMap((frame) => [...bytesOf(frame)])))).toBe(true);
});

describe('ends at', () => {
  const length = bytesOf(frames[0]!).reduce((sum, own) => sum + own.length, 0);
  test.each(Array.from({ length: 12 }, (_, i) => Math.floor((i * (length - 1)) / 11)))('a bit that changed in byte %d', async (at) => {
    const [near, far] = await line();
    let found = 0;
    onFrames(far, () => found++);
    const changed = Buffer.from(bytes);
    changed[at]! ^= 4;
    near.write(changed.subarray(0, length));
    near.end(Buffer.alloc(1 << 16)); // more than any length that one bit makes of this one, and no frame
    await new Promise((closed) => far.once('close', closed));
    expect(found).toBe(0);
  });
});

test('a message that is too long for a frame is refused where it is made', () => {
  const message = { json: {}, arrays: [new Uint8Array(2 ** 30)] };
  expect(() => bytesOf({ kind: 'answer', fit: 1, round: 1, shard: 0, message })).toThrow(/has 1073741848 bytes; 1073741824 are the most/);
});
