// The other side of thrift.ts: structs in Thrift's compact protocol.

const TYPES = { int: 5, long: 6, text: 8, list: 9, struct: 12 } as const;

export class ThriftWriter {
  readonly #bytes: number[] = [];
  /** Of the field before, in each struct that is open. */
  readonly #last = [0];

  int(id: number, value: number): void {
    this.#head(id, TYPES.int);
    this.#zigzag(value);
  }

  /** Up to 2^53. */
  long(id: number, value: number): void {
    this.#head(id, TYPES.long);
    this.#zigzag(value);
  }

  text(id: number, text: string): void {
    this.#head(id, TYPES.text);
    this.textItem(text);
  }

  /** As many items follow. */
  list(id: number, of: keyof typeof TYPES, length: number): void {
    this.#head(id, TYPES.list);
    if (length < 15) this.#bytes.push((length << 4) | TYPES[of]);
    else {
      this.#bytes.push(0xf0 | TYPES[of]);
      this.#varint(length);
    }
  }

  item(value: number): void {
    this.#zigzag(value);
  }

  textItem(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
  }

  /** A struct that is a field. */
  field(id: number, fill: () => void): void {
    this.#head(id, TYPES.struct);
    this.struct(fill);
  }

  /** A struct that is an item. */
  struct(fill: () => void): void {
    this.#last.push(0);
    fill();
    this.#last.pop();
    this.#bytes.push(0);
  }

  /** Ends the outermost struct. */
  end(): Uint8Array {
    return Uint8Array.from([...this.#bytes, 0]);
  }

  #head(id: number, type: number): void {
    const step = id - this.#last.at(-1)!;
    this.#last[this.#last.length - 1] = id;
    this.#bytes.push((step << 4) | type); // fields here never stand more than 15 apart
  }

  #zigzag(value: number): void {
    this.#varint(value * 2); // none is negative
  }

  #varint(value: number): void {
    for (; value >= 128; value = Math.floor(value / 128)) this.#bytes.push((value % 128) | 128);
    this.#bytes.push(value);
  }
}
