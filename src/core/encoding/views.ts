// Typed arrays and the memory under them. What a view shows is kept, and no byte around it: around a Node Buffer lies what
// others left in memory. Views that overlap or touch stay on one buffer, so that a change through one still shows in another.

const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

interface NodeBuffer {
  readonly prototype: object;
  from(buffer: ArrayBuffer, byteOffset: number, length: number): Uint8Array;
}
const { Buffer: node } = globalThis as { readonly Buffer?: NodeBuffer };

/** The type that makes a view again; undefined for subclasses, and for types that not every engine has. */
export function typeOf(view: ArrayBufferView): string | undefined {
  const prototype = Object.getPrototypeOf(view) as object;
  if (prototype === node?.prototype) return 'Buffer';
  return Object.keys(VIEWS).find((name) => VIEWS[name as keyof typeof VIEWS].prototype === prototype);
}

export function isViewType(type: unknown): type is string {
  return typeof type === 'string' && (Object.hasOwn(VIEWS, type) || (type === 'Buffer' && node !== undefined));
}

/** @throws RangeError where the buffer has no room for it */
export function makeView(type: string, buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView {
  if (type !== 'Buffer') return new VIEWS[type as 'Uint8Array'](buffer, byteOffset, length);
  if (byteOffset + length > buffer.byteLength) throw new RangeError('a Buffer beyond its memory');
  return node!.from(buffer, byteOffset, length);
}

export function lengthOf(view: ArrayBufferView): number {
  return view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
}

export function bytesOf(of: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(of) ? new Uint8Array(of.buffer, of.byteOffset, of.byteLength) : new Uint8Array(of);
}

/** Memory that some views show. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** What alone shows it and lasts as long; absent where there are several. */
  readonly of?: object;
  /** Where in the buffer under the views it begins; negative for bytes put before them so that they stay aligned. */
  readonly from: number;
  readonly views: readonly (ArrayBufferView | ArrayBuffer)[];
}

/** In the order in which `shown`, which are views and buffers that are meant whole, first shows them: it is the same when they come back. */
export function piecesOf(shown: readonly (ArrayBufferView | ArrayBuffer)[]): readonly Piece[] {
  const byBuffer = new Map<ArrayBufferLike, (ArrayBufferView | ArrayBuffer)[]>();
  for (const one of shown) {
    const buffer = ArrayBuffer.isView(one) ? one.buffer : one;
    const known = byBuffer.get(buffer);
    if (known) known.push(one);
    else byBuffer.set(buffer, [one]);
  }
  const pieces = [...byBuffer].flatMap(([buffer, all]): readonly Piece[] => {
    if (all.includes(buffer as ArrayBuffer)) return [{ bytes: new Uint8Array(buffer), of: buffer, from: 0, views: all }];
    return all.length === 1 ? [alone(all[0] as ArrayBufferView)] : joined(buffer, all as ArrayBufferView[]);
  });
  const places = new Map(shown.map((one, i) => [one, i]));
  const firstOf = ({ views }: Piece): number => views.reduce((first, view) => Math.min(first, places.get(view)!), Infinity);
  return pieces.toSorted((a, b) => firstOf(a) - firstOf(b));
}

function alone(view: ArrayBufferView): Piece {
  return { bytes: bytesOf(view), of: view, from: view.byteOffset, views: [view] };
}

function joined(buffer: ArrayBufferLike, views: readonly ArrayBufferView[]): readonly Piece[] {
  const groups: { end: number; readonly views: ArrayBufferView[] }[] = [];
  for (const view of views.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
    const last = groups.at(-1);
    const end = view.byteOffset + view.byteLength;
    // Node puts small Buffers side by side by chance.
    const reach = Object.getPrototypeOf(view) === node?.prototype ? view.byteOffset + 1 : view.byteOffset;
    if (!last || reach > last.end) groups.push({ end, views: [view] });
    else {
      last.views.push(view);
      last.end = Math.max(last.end, end);
    }
  }
  return groups.map(({ end, views: group }) => {
    if (group.length === 1) return alone(group[0]!);
    const start = group[0]!.byteOffset;
    const pad = start % Math.max(...group.map((view) => (view as Partial<Uint8Array>).BYTES_PER_ELEMENT ?? 1));
    const bytes = new Uint8Array(pad + end - start);
    bytes.set(new Uint8Array(buffer, start, end - start), pad);
    return { bytes, from: start - pad, views: group };
  });
}
