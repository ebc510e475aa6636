// What an estimator that computes on the host may ask of the platform: threads beside its own.

/** Absent where there are none, as in a browser: then all is done here. */
export interface Threads {
  /** How many run beside this one at a time. */
  readonly others: number;
  /**
   * Calls the function that a module of this package exports by default, in a thread of its own.
   *
   * @param data what can be copied from thread to thread; what is in shared memory is not copied
   * @throws what the function throws; and where no such thread can be, as when a bundler left the module out
   */
  call(module: URL, data: unknown, signal: AbortSignal): Promise<unknown>;
}
