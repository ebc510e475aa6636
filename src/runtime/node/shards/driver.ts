// The driver of sharded fits. The solver stays with it, in float64; rows are with workers, which connect here.
//
// A question goes to all shards of a fit and has a number, its round; an answer counts where its round and its shard are awaited of
// the worker that has the shard, once, and is dropped otherwise. A shard whose worker is lost, or silent for too long, is made again
// by another, from what it was made of (by digest), asked again what changed it since, and then the question that is open: the same
// numbers in the same order, so the same answer to the bit. So a checkpoint of a fit is the solver's, with margins where they can be
// had, and workers keep none.
import { timingSafeEqual, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Message, Shards, Spread } from '../../../core/shards/shards.ts';
import { untilCancelled } from '../../../dsl/stage/context.ts';
import { Fit, type Worker } from './fit.ts';
import { HELLO_BYTES, onFrames, send, type Frame } from './frames.ts';
import { stowed, type Blobs } from './setUps.ts';
import { KEEP_ALIVE_MS, type DriverAddress } from './worker.ts';

export interface DriverOptions {
  /** Shards a fit is cut into, or fewer where it has few rows. */
  readonly count: number;
  readonly blobs: Blobs;
  /** Workers to wait for before the first fit begins; 1 by default. Later ones begin with those that are left. */
  readonly least?: number | undefined;
  /** Of this package: workers have the same. */
  readonly code?: string | undefined;
  /** Only those that compute like this, `name (driver)` of their adapter; by default, like the first, for which a run with a cache then waits. */
  readonly numerics?: string | undefined;
  /** A worker that owes an answer and says nothing for so long is taken for lost; 5 minutes by default, as shaders take long to compile. */
  readonly patienceMs?: number | undefined;
  /** Where to listen; nothing beyond loopback by default. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** 32 bytes in hex that workers are known by; random by default. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PATIENCE_MS = 300_000;
/** Whoever connects says at once who it is. */
const HELLO_MS = 10_000;
const MOST_STRANGERS = 256;

export class ShardDriver implements Shards {
  readonly count: number;
  readonly #options: DriverOptions;
  readonly #server: Server;
  readonly #token: Buffer;
  readonly #sockets = new Set<Duplex>();
  readonly #workers = new Set<Worker>();
  readonly #fits = new Map<number, Fit>();
  #numerics: string | undefined;
  readonly #lent = new Set<string>();
  #refused = '';
  #joined: (() => void)[] = [];
  /** Connections that have not said who they are. */
  readonly #strangers = new Set<Duplex>();
  #fitted = 0;

  /** Listens until it is closed. */
  static async listen(options: DriverOptions): Promise<ShardDriver> {
    const driver = new ShardDriver(options);
    driver.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(driver.#server, 'listening');
    return driver;
  }

  private constructor(options: DriverOptions) {
    this.count = options.count;
    this.#options = options;
    this.#numerics = options.numerics;
    this.#token = options.token === undefined ? randomBytes(32) : Buffer.from(options.token, 'hex');
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => this.meet(socket));
  }

  get address(): DriverAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port, token: this.#token.toString('hex') };
  }

  /** Workers that are connected. */
  get workers(): number {
    return this.#workers.size;
  }

  async numerics(signal: AbortSignal): Promise<string> {
    if (this.#numerics === undefined) await this.#manned(1, signal);
    return this.#numerics!;
  }

  async spread(work: string, setUps: readonly Message[], runs?: AbortSignal): Promise<Spread> {
    const { patienceMs = PATIENCE_MS, blobs } = this.#options;
    const least = this.#fitted === 0 ? (this.#options.least ?? 1) : 1;
    const signals = [this.#options.signal, runs].filter((one) => one !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    const messages: Message[] = [];
    for (const setUp of setUps) messages.push(await stowed(setUp, work, blobs));
    await this.#manned(least, signal);
    const number = ++this.#fitted;
    const fit = new Fit(number, messages, this.#workers, { patienceMs, signal, alone: () => this.#alone(1), ended: () => this.#fits.delete(number) });
    this.#fits.set(number, fit);
    return fit;
  }

  lent(): readonly string[] {
    const names = [...this.#lent];
    this.#lent.clear();
    return names;
  }

  /** Lets workers go: those that came with this seat, or all. Shards that they have go to others. */
  dismiss(seat?: string): void {
    for (const { seat: own, socket } of this.#workers) if (seat === undefined || own === seat) socket.destroy();
  }

  /** Until so many workers are there, or so long. */
  async joined(count: number, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; this.#workers.size < count && left > 0; left = until - performance.now())
      await (signal ? untilCancelled(this.#joining(left), signal) : this.#joining(left));
  }

  async close(): Promise<void> {
    for (const fit of this.#fits.values()) fit.fail(new PipelineError('E_CANCELLED', 'The driver of the shards was closed.'));
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** Until so many workers are there. */
  async #manned(least: number, signal: AbortSignal | undefined): Promise<void> {
    await this.joined(least, this.#options.patienceMs ?? PATIENCE_MS, signal);
    if (this.#workers.size < least) throw this.#alone(least);
  }

  /** @param known whether it is a worker, which need not show the token */
  meet(socket: Duplex, known = false): void {
    // One more than may be unknown takes the place of the one that has been silent for longest.
    if (this.#strangers.size >= MOST_STRANGERS) this.#strangers.values().next().value!.destroy();
    this.#strangers.add(socket);
    const silent = setTimeout(() => socket.destroy(), HELLO_MS).unref();
    let worker: Worker | undefined;
    this.#sockets.add(socket);
    socket.on('error', () => {}); // it closes, which is what counts
    const take = (frame: Frame): void => {
      if (worker) {
        if (frame.kind === 'answer' && worker.name !== undefined) this.#lent.add(worker.name);
        return this.#fits.get(frame.fit)?.take(worker, frame);
      }
      const { token, numerics, code, seat, name } = frame.message.json;
      const given = known ? this.#token : Buffer.from(String(token), 'hex');
      if (frame.kind !== 'hello') return void socket.destroy();
      if (given.length !== this.#token.length || !timingSafeEqual(given, this.#token))
        return this.#sendAway(socket, ' Its token is another one.', 'Give it the address that the driver has now: each driver makes a token of its own.');
      if (code !== this.#options.code) return this.#refuse(socket, 'One with another version of this package or of V8');
      this.#numerics ??= String(numerics);
      if (numerics !== this.#numerics) return this.#refuse(socket, `One that computes on ${String(numerics)}`, `: the others do on ${this.#numerics}`);
      clearTimeout(silent);
      this.#strangers.delete(socket);
      worker = { socket, ...(typeof seat === 'string' ? { seat } : {}), ...(typeof name === 'string' ? { name } : {}) };
      this.#workers.add(worker);
      for (const joined of this.#joined.splice(0)) joined();
      for (const fit of this.#fits.values()) fit.place();
    };
    onFrames(socket, take, () => (worker ? undefined : HELLO_BYTES));
    socket.once('close', () => {
      clearTimeout(silent);
      this.#strangers.delete(socket);
      this.#sockets.delete(socket);
      if (!worker) return;
      this.#workers.delete(worker);
      for (const fit of this.#fits.values()) fit.lost(worker);
    });
  }

  /** Tells a worker why it is sent away, and remembers it for those who wait. */
  #refuse(socket: Duplex, who: string, more = ''): void {
    this.#refused = ` ${who} was sent away${more}.`;
    this.#sendAway(socket, this.#refused, 'Start workers with the same versions of the package and of Node.js, on devices of one kind with one driver.');
  }

  #sendAway(socket: Duplex, why: string, hint: string): void {
    const json = { code: 'E_DEVICE', message: `The driver of the shards sent this worker away.${why}`, hint };
    send(socket, { kind: 'failed', fit: 0, round: 0, shard: 0, message: { json, arrays: [] } });
    socket.end(() => socket.destroy());
  }

  /** Until a worker joins, or so long. */
  #joining(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref(); // the server holds the process
      this.#joined.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #alone(least: number): PipelineError {
    const { size } = this.#workers;
    return new PipelineError('E_DEVICE', `A sharded fit has ${size} ${size === 1 ? 'worker' : 'workers'} and needs ${least}.${this.#refused}`, {
      hint: 'Start workers, or train without shards.',
    });
  }
}
