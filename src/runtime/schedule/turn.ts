// What only one stage of a run may have at a time, wherever it comes from: in the order of the graph, or again, to bring back
// what a cached stage provided.

export class Turn {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** @returns only where another has it: over when it is handed on */
  take(): Promise<void> | undefined {
    if (this.#taken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    return undefined;
  }

  /** Hands it on to whoever waits longest. */
  free(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken = false;
  }
}
