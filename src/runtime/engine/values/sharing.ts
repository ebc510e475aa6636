// Values are kept one by one. Objects that two of them hold would be two objects when they come back, and a stage that reads
// both would not find one in the other any more: such a result is not kept. Datasets, models and typed arrays are known by
// what they hold, not by which they are.
import { encodeAs } from '../../../core/encoding/encoding.ts';
import { nodesOf, type GraphNode } from '../../../dsl/graph/graph.ts';

/** Values that are remembered for one object. */
const MOST_HOLDERS = 8;

interface Holder {
  readonly node: GraphNode;
  readonly key: string;
}

export class Sharing {
  /** By node: what each stage that reads more than it reads at once. Sets are shared, for joins of thousands. */
  readonly #with = new Map<GraphNode, ReadonlySet<GraphNode>[]>();
  readonly #holders = new WeakMap<object, Holder[]>();

  constructor(nodes: readonly GraphNode[]) {
    for (const { inputs } of nodes) {
      const refs = Object.values(inputs);
      const read = new Set(refs.flatMap(nodesOf));
      // What comes as one record or list, and as nothing else, is met in one place alone.
      if (refs.length <= 1 && read.size <= 1) continue;
      for (const one of read) {
        const known = this.#with.get(one);
        if (known) known.push(read);
        else this.#with.set(one, [read]);
      }
    }
  }

  /** What a node provides, or what was brought back of it. @returns why it must not be kept, if it must not */
  hold(node: GraphNode, values: Readonly<Record<string, unknown>>): string | undefined {
    const together = this.#with.get(node);
    if (!together || node.stage.spec.code !== undefined) return undefined;
    let why: string | undefined;
    for (const [key, value] of Object.entries(values)) {
      for (const part of partsOf(value)) {
        const holders = this.#holders.get(part) ?? [];
        const other = holders.find((one) => together.some((read) => read.has(one.node)) && !(one.node === node && one.key === key));
        if (other) {
          const of = other.node === node ? '' : ` of stage '${other.node.path}'`;
          why ??= `'${key}' shares objects with '${other.key}'${of}, and a stage reads both: out of the cache they would be two`;
        }
        if (holders.length < MOST_HOLDERS && holders.at(-1)?.node !== node) this.#holders.set(part, [...holders, { node, key }]);
      }
    }
    return why;
  }
}

/** Objects in a value that a stage may look for in another one. */
function partsOf(value: unknown): ReadonlySet<object> {
  const parts = new Set<object>();
  const add = (inner: unknown): void => {
    if (inner === null || typeof inner !== 'object' || ArrayBuffer.isView(inner) || inner instanceof ArrayBuffer) return;
    if (encodeAs in inner || ('role' in inner && 'x' in inner && 'rows' in inner)) return;
    parts.add(inner);
  };
  add(value);
  for (const part of parts) {
    if (part instanceof Map) part.forEach((held, key) => (add(key), add(held)));
    else if (part instanceof Set) part.forEach(add);
    else if (Array.isArray(part)) part.forEach(add);
    else if ([null, Object.prototype].includes(Object.getPrototypeOf(part) as object | null)) {
      for (const { value: field } of Object.values(Object.getOwnPropertyDescriptors(part))) add(field);
    }
  }
  return parts;
}
