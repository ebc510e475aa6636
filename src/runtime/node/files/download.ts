// One download over as many connections as it takes. A body that was cut goes on where it stopped when the server can
// prove that the file is the same (Range with If-Range); otherwise whoever reads it starts again. Busy servers and
// broken connections are retried with growing, jittered waits; a missing file is not.
// Nothing partial touches the disk: a half file that another process could pick up is how shared caches get poisoned.
import { setTimeout as sleep } from 'node:timers/promises';
import { discard, type Http, type HttpResponse } from './http.ts';
import { failureOf, seconds, type RetryPolicy } from './retryPolicy.ts';
import { asFailure, SourceFailure } from './sourceFailure.ts';

const PROGRESS_BYTES = 1 << 16;
const MAX_RESTARTS = 3;

export interface DownloadOptions {
  readonly http: Http;
  readonly retryPolicy: RetryPolicy;
  readonly acceptEncoding: 'identity' | 'gzip';
  /** Of the body as sent; a longer one is refused. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number | null) => void;
}

/**
 * Hands the body of `url` to `consume`, more than once when it has to start again from the first byte.
 *
 * @throws SourceFailure, or what `consume` throws.
 */
export async function download(url: string, consume: (body: AsyncIterable<Uint8Array>) => Promise<void>, options: DownloadOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const transfer = new Transfer(url, options);
  try {
    for (let restarts = 0; ; restarts++) {
      try {
        return await consume(transfer.body());
      } catch (error) {
        options.signal?.throwIfAborted();
        // The reader may have wrapped what the connection threw.
        const failure = transfer.failure ?? error;
        const isRestart = failure instanceof SourceFailure && failure.kind === 'restart';
        const blameJoin = transfer.joined && transfer.failure === undefined;
        if (!(isRestart || blameJoin) || restarts === MAX_RESTARTS) throw failure;
        await transfer.restart();
      }
    }
  } finally {
    transfer.close();
  }
}

class Transfer {
  readonly #url: string;
  readonly #options: DownloadOptions;
  /** What ended the last `body()`, when it was the connection. */
  failure: SourceFailure | undefined;
  /** True when the body came over several connections: if it turns out wrong, joining them may be why. */
  joined = false;
  #connection = new AbortController();
  #response: HttpResponse | undefined;
  /** True while `#response` is a whole file of which nothing was read. */
  #fresh = false;
  #closed = false;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #received = 0;
  #total: number | null = null;
  /** A strong ETag or a date: proof that a second connection speaks of the same bytes. */
  #validator: string | undefined;
  #mayResume = true;
  #failures = 0;
  #sinceFailure = 0;
  #waitedMs = 0;
  #waitedBytes = 0;
  readonly #onAbort = (): void => this.#connection.abort(this.#options.signal?.reason);

  constructor(url: string, options: DownloadOptions) {
    this.#url = url;
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async *body(): AsyncGenerator<Uint8Array> {
    // No try around the yield: an error of the reader must not look like one of the connection.
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) yield chunk;
  }

  /** Forgets what arrived, but keeps an open response that starts at the first byte. */
  async restart(): Promise<void> {
    if (!this.#fresh) {
      this.#hangUp();
      this.#forget();
      await this.#wait(undefined);
    }
    this.#fresh = false;
    this.#mayResume &&= !this.joined;
    this.joined = false;
    this.failure = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#hangUp();
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        this.#response ??= await this.#patiently(() => this.#request());
        const chunk = await this.#read(this.#response);
        if (chunk || this.#total === null || this.#received === this.#total) return chunk;
        throw new SourceFailure('retry', `the body ended after ${this.#received} of ${this.#total} bytes`);
      } catch (error) {
        if (this.#closed) throw error;
        this.#options.signal?.throwIfAborted();
        await this.#recover(asFailure(error));
      }
    }
  }

  async #request(): Promise<HttpResponse> {
    const { http, acceptEncoding } = this.#options;
    const resume = this.#received > 0;
    const response = await http.get(
      this.#url,
      { 'accept-encoding': acceptEncoding, ...(resume ? { range: `bytes=${this.#received}-`, 'if-range': this.#validator! } : {}) },
      this.#connection.signal,
    );
    try {
      if (resume) this.#checkResumed(response);
      else this.#checkFirst(response);
    } catch (error) {
      discard(response);
      throw error;
    }
    if (resume && response.statusCode === 200) {
      // The whole file again: this response serves the reader's second start.
      this.#response = response;
      this.#fresh = true;
      this.#forget();
      this.#checkFirst(response);
      throw new SourceFailure('restart', 'the server sent the whole file instead of the rest');
    }
    this.joined ||= resume;
    return response;
  }

  #checkFirst({ statusCode, headers }: HttpResponse): void {
    if (statusCode !== 200) throw failureOf(statusCode, text(headers['retry-after']), this.#options.retryPolicy.longestWaitMs);
    const length = text(headers['content-length']);
    this.#total = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
    this.#checkSize(this.#total ?? 0);
    const etag = text(headers.etag);
    this.#validator = etag?.startsWith('"') ? etag : text(headers['last-modified']);
  }

  #checkResumed({ statusCode, headers }: HttpResponse): void {
    if (statusCode === 200) return;
    if (statusCode === 416) throw new SourceFailure('restart', `HTTP 416: the server has no bytes from ${this.#received} on`);
    if (statusCode !== 206) throw failureOf(statusCode, text(headers['retry-after']), this.#options.retryPolicy.longestWaitMs);
    const range = text(headers['content-range']) ?? '';
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    const etag = text(headers.etag);
    if (Number(start) !== this.#received || (total !== '*' && this.#total !== null && Number(total) !== this.#total)) {
      throw new SourceFailure('restart', `bytes from ${this.#received} on were asked for, ${JSON.stringify(range)} arrived`);
    }
    if (etag !== undefined && this.#validator!.startsWith('"') && etag !== this.#validator) {
      throw new SourceFailure('restart', 'the file changed on the server during the download');
    }
  }

  async #read(response: HttpResponse): Promise<Uint8Array | undefined> {
    const chunks = (this.#chunks ??= response.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>);
    const before = performance.now();
    const { done, value } = await this.#patiently(() => chunks.next());
    if (done) return undefined;
    // Before it counts as received: a chunk that is refused here is asked for again.
    this.#checkSpeed(performance.now() - before, value.length);
    this.#received += value.length;
    this.#sinceFailure += value.length;
    this.#checkSize(this.#received);
    this.#options.onProgress(this.#received, this.#total);
    return value;
  }

  /** Only time spent waiting counts: a slow reader is no fault of the server. */
  #checkSpeed(waitedMs: number, bytes: number): void {
    const { stallMs, leastBytesPerSecond } = this.#options.retryPolicy;
    this.#waitedMs += waitedMs;
    this.#waitedBytes += bytes;
    if (this.#waitedMs < stallMs) return;
    const needed = (leastBytesPerSecond * this.#waitedMs) / 1000;
    if (this.#waitedBytes < needed) {
      throw new SourceFailure('retry', `stalled: ${this.#waitedBytes} bytes in ${seconds(this.#waitedMs)}`);
    }
    this.#waitedMs = this.#waitedBytes = 0;
  }

  #checkSize(bytes: number): void {
    const { maxBytes } = this.#options;
    if (bytes > maxBytes) throw new SourceFailure('final', `the body has ${bytes} bytes or more, at most ${maxBytes} are expected`);
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#connection;
    const { stallMs } = this.#options.retryPolicy;
    const stalled = new SourceFailure('retry', `stalled: nothing arrived for ${seconds(stallMs)}`);
    const timer = setTimeout(() => this.#connection.abort(stalled), stallMs);
    try {
      return await work();
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Returns when another try makes sense and its time has come. */
  async #recover(failure: SourceFailure): Promise<void> {
    const { tries } = this.#options.retryPolicy;
    if (failure.kind !== 'restart') this.#fresh = false;
    if (!this.#fresh) this.#hangUp();
    this.#failures = this.#sinceFailure >= PROGRESS_BYTES ? 1 : this.#failures + 1;
    this.#sinceFailure = 0;
    this.failure = failure;
    if (failure.kind !== 'retry') throw failure;
    if (this.#failures >= tries) {
      this.failure = new SourceFailure('final', tries === 1 ? failure.message : `${failure.message}, ${tries} times in a row`);
      throw this.failure;
    }
    if (this.#received > 0 && (this.#validator === undefined || !this.#mayResume)) {
      // Two halves without proof that they belong together are not worth joining.
      this.failure = new SourceFailure('restart', `${failure.message}, and the server does not support resuming`);
      throw this.failure;
    }
    await this.#wait(failure.waitMs);
    this.failure = undefined;
  }

  async #wait(askedMs: number | undefined): Promise<void> {
    const { backoffMs, longestWaitMs } = this.#options.retryPolicy;
    const backoff = backoffMs * 2 ** Math.max(0, this.#failures - 1) * (1 + Math.random() / 2);
    await sleep(Math.max(askedMs ?? 0, Math.min(backoff, longestWaitMs)), undefined, { signal: this.#options.signal });
  }

  #forget(): void {
    this.#received = 0;
    this.#total = null;
    this.#validator = undefined;
  }

  #hangUp(): void {
    if (this.#response) discard(this.#response);
    this.#connection.abort();
    this.#connection = new AbortController();
    this.#response = this.#chunks = undefined;
    this.#waitedMs = this.#waitedBytes = 0;
  }
}

const text = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);
