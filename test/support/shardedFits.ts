// Sharded fits beside ordinary ones: rows whose last span is ragged, drivers with workers in this process, and a line between them that
// does what networks do.
import { mkdtempSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Compute } from '../../src/core/compute.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { shardWorks } from '../../src/estimators/shardWorks.ts';
import { blobStore } from '../../src/runtime/node/cache/blobStore.ts';
import { ShardDriver, type DriverOptions } from '../../src/runtime/node/shards/driver.ts';
import { onFrames, send, type Frame } from '../../src/runtime/node/shards/frames.ts';
import { serveShards, type DriverAddress } from '../../src/runtime/node/shards/worker.ts';

/** Rows in no order, of which few are of the last class, with weights of 0 to 3 halves. */
export function unbalanced(rows: number, cols: number, { classes = 2, dtype = 'u8' }: { classes?: number; dtype?: 'u8' | 'f32' } = {}): Dataset<'train'> {
  const random = new RandomState(rows + cols);
  const labels = Uint8Array.from({ length: rows }, () => (random.interval(9) === 0 ? classes - 1 : random.interval(classes - 2)));
  const level = (at: number): number => random.interval(99) + ((at % cols) % classes === labels[Math.floor(at / cols)] ? 40 : 0);
  const data =
    dtype === 'u8' ? Uint8Array.from({ length: rows * cols }, (_, at) => level(at)) : Float32Array.from({ length: rows * cols }, (_, at) => level(at) / 37);
  return {
    name: 'unbalanced',
    role: 'train',
    x: matrix(rows, cols, data),
    labels,
    rows: random.permutation(rows),
    weights: Float32Array.from({ length: rows }, () => random.interval(3) / 2),
  };
}

export interface Fleet {
  readonly driver: ShardDriver;
  readonly folder: string;
  /** One more worker in this process. @param through what its frames go through, by default nothing */
  readonly add: (through?: Line) => Worker;
  readonly close: () => Promise<void>;
}

export interface Worker {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

/** Passes frames of a worker on: none, one, or more, later ones before earlier ones, or ends the line. */
export type Line = (frame: Frame, pass: (frame: Frame) => void, socket: Socket) => void;

export async function fleet(compute: Compute, options: Omit<DriverOptions, 'blobs'>, workers = options.count): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-shards-'));
  const blobs = blobStore(folder);
  const driver = await ShardDriver.listen({ least: workers, ...options, blobs });
  const open: (Worker & { readonly line?: { close: () => void } })[] = [];
  const add = (through?: Line): Worker => {
    const ends = new AbortController();
    const line = through && lineTo(driver.address, through);
    const serve = async (): Promise<void> => {
      const address = line ? await line.address : driver.address;
      await serveShards(address, { compute, numerics: 'here', blobs, works: shardWorks, signal: ends.signal });
    };
    const worker = { stop: () => ends.abort(), ended: serve().catch((error: unknown) => error), ...(line ? { line } : {}) };
    open.push(worker);
    return worker;
  };
  for (let i = 0; i < workers; i++) add();
  const close = async (): Promise<void> => {
    for (const { stop, line } of open) {
      stop();
      line?.close();
    }
    await Promise.all(open.map(({ ended }) => ended));
    await driver.close();
  };
  return { driver, folder, add, close };
}

/** A server that passes everything on to a driver, and frames back through `through`. */
function lineTo(driver: DriverAddress, through: Line): { readonly address: Promise<DriverAddress>; readonly close: () => void } {
  const server = createServer((near) => {
    const far = connect({ host: driver.host, port: driver.port });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy());
    far.pipe(near);
    onFrames(near, (frame) => through(frame, (own) => !far.destroyed && send(far, own), far));
  });
  const address = new Promise<DriverAddress>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ ...driver, port: (server.address() as AddressInfo).port })),
  );
  return { address, close: () => void server.close() };
}
