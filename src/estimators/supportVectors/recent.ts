// What was made of late, in bounded memory: what nobody asked for the longest goes first.

export class Recent<V extends ArrayBufferView> {
  readonly #kept = new Map<number, V>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  has(key: number): boolean {
    return this.#kept.has(key);
  }

  get(key: number): V | undefined {
    const value = this.#kept.get(key);
    if (value) {
      this.#kept.delete(key);
      this.#kept.set(key, value);
    }
    return value;
  }

  set(key: number, value: V): void {
    this.#bytes += value.byteLength - (this.#kept.get(key)?.byteLength ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, value);
    for (const [oldest, { byteLength }] of this.#kept) {
      if (this.#bytes <= this.#mostBytes || oldest === key) return;
      this.#kept.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
