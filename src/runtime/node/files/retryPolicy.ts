// How long a download keeps trying, and what an HTTP status says about trying again.
import { SourceFailure } from './sourceFailure.ts';

export interface RetryPolicy {
  /** Failures in a row before giving up; a connection that delivered 64 KiB or more starts the count anew. */
  readonly tries: number;
  /** First wait; doubles with each failure, and up to half of it is added at random. */
  readonly backoffMs: number;
  /** Longest wait, also when the server asks for one. */
  readonly longestWaitMs: number;
  /** A connection that is silent, or slower than `leastBytesPerSecond`, for this long is dropped. */
  readonly stallMs: number;
  readonly leastBytesPerSecond: number;
}

export const RETRY_POLICY: RetryPolicy = { tries: 4, backoffMs: 500, longestWaitMs: 30_000, stallMs: 20_000, leastBytesPerSecond: 1024 };

export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** A status that is not the wanted one; only what a busy server says is worth another try. */
export function failureOf(status: number, retryAfter: string | undefined, longestWaitMs: number): SourceFailure {
  const busy = status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
  if (!busy) return new SourceFailure('final', `HTTP ${status}`, undefined, status);
  const asked = retryAfter === undefined ? NaN : /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  if (Number.isNaN(asked) || asked <= 0) return new SourceFailure('retry', `HTTP ${status}`);
  if (asked > longestWaitMs) return new SourceFailure('final', `HTTP ${status}, retry after ${seconds(asked)}`);
  return new SourceFailure('retry', `HTTP ${status}`, asked);
}
