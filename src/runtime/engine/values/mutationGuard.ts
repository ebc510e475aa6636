// What stages handed on must stay as it was: others read it too, and results are known by what it held. So it is looked at
// again: what a stage read when that stage is done, with the small values that were handed on last, and anything else
// before the next stage reads it. One look for each value and stage of the user's; the stages of this package are trusted.
import { PipelineError } from '../../../core/errors/errors.ts';
import { checksum, fingerprint, pathTo, sharedBy, type Fingerprint } from '../../../core/encoding/fingerprint.ts';
import type { GraphNode, Ref } from '../../../dsl/graph/graph.ts';

/** So many of the last values are looked at when any stage is done, as long as they are small. */
const RECENT = 2;
const RECENT_COST = 20_000;
/** Bytes that are summed faster than their sum is found. */
const SMALL = 4096;
const NAMED = 4;

interface Held {
  readonly node: GraphNode;
  readonly key: string;
  readonly value: unknown;
  readonly print: Fingerprint;
  /** Which of the user's stages were done when it was last found as it was. */
  seen: number;
  gone: boolean;
}

export class MutationGuard {
  readonly #held = new Map<GraphNode, Map<string, Held>>();
  #recent: Held[] = [];
  /** Stages with code of the user's, in the order in which they were done. */
  readonly #done: GraphNode[] = [];
  /** Such stages that run now, with the others that run beside them. */
  readonly #running = new Set<GraphNode>();
  /** Checksums of memory, as long as no code of the user's runs. */
  #sums = new WeakMap<object, number>();
  /** Whose value was changed, and who may have changed it. */
  spoiled: readonly GraphNode[] = [];

  /** What a node provides, or a value of it that was brought back. @throws E_STAGE for a promise in it */
  hold(node: GraphNode, values: Readonly<Record<string, unknown>>): void {
    const all = this.#ofNode(node);
    for (const key of node.provides) {
      const value = values[key];
      if (value === undefined || value === null || typeof value !== 'object' || all.has(key)) continue;
      const print = this.#print(value);
      if (print.promise) throw forgotten(node, `${key}${pathTo(print.promise, value) ?? ''}`, key);
      const held = { node, key, value, print, seen: this.#done.length, gone: false };
      all.set(key, held);
      if (print.cost > RECENT_COST) continue;
      this.#recent.push(held);
      if (this.#recent.length > RECENT) this.#recent.shift();
    }
  }

  /** A node provides the same values as another one. */
  same(node: GraphNode, as: GraphNode): void {
    this.#held.set(node, this.#ofNode(as));
  }

  #ofNode(node: GraphNode): Map<string, Held> {
    const known = this.#held.get(node) ?? new Map<string, Held>();
    this.#held.set(node, known);
    return known;
  }

  /** Before a node reads what others handed on. @throws E_STAGE naming the stage that changed it */
  reads(node: GraphNode): void {
    for (const held of this.#readBy(node)) this.#look(held);
    if (node.stage.spec.code === undefined) this.#running.add(node);
  }

  /** A node runs no more. */
  ended(node: GraphNode): void {
    this.#running.delete(node);
  }

  /** A node is done and provides `values`. @throws E_STAGE naming it where it changed something that was handed on */
  done(node: GraphNode, values: Readonly<Record<string, unknown>>): void {
    const trusted = node.stage.spec.code !== undefined;
    this.ended(node);
    if (!trusted) {
      this.#done.push(node);
      this.#sums = new WeakMap();
    }
    this.hold(node, values);
    if (trusted) return;
    for (const held of this.#readBy(node)) this.#look(held);
    let left = RECENT_COST;
    for (const held of this.#recent.toReversed()) if (!held.gone && (left -= held.print.cost) >= 0) this.#look(held);
  }

  drop(node: GraphNode): void {
    for (const held of this.#held.get(node)?.values() ?? []) held.gone = true;
    this.#held.delete(node);
  }

  /** Memory that a node reads, which was looked at when it was done: it still holds what it held. */
  memoryOf(node: GraphNode): ReadonlySet<object> {
    return new Set([...this.#readBy(node)].flatMap(({ print }) => [...print.memory]));
  }

  #readBy(node: GraphNode): ReadonlySet<Held> {
    const found = new Set<Held>();
    const add = (ref: Ref): void => {
      if ('node' in ref) {
        const held = this.#held.get(ref.node)?.get(ref.key);
        if (held) found.add(held);
      } else for (const inner of 'record' in ref ? Object.values(ref.record) : ref.list) add(inner);
    };
    for (const key of Object.keys(node.inputs)) add(node.inputs[key]!);
    return found;
  }

  #look(held: Held): void {
    if (held.seen === this.#done.length) return;
    if (this.#print(held.value).text !== held.print.text) throw this.#changed(held);
    held.seen = this.#done.length;
  }

  #print(value: unknown): Fingerprint {
    return fingerprint(value, (of, bytes) => {
      if (bytes.length < SMALL) return checksum(bytes);
      let sum = this.#sums.get(of);
      if (sum === undefined) this.#sums.set(of, (sum = checksum(bytes)));
      return sum;
    });
  }

  #changed({ node, key, value, seen }: Held): PipelineError {
    const { path: owner, stage } = node;
    const since = [...this.#done.slice(seen), ...this.#running];
    const alike = since.flatMap((one) => [...(this.#held.get(one)?.values() ?? [])].filter((other) => sharedBy(value, other.value) !== undefined))[0];
    const by = alike?.node ?? (since.length === 1 ? since[0] : undefined);
    this.spoiled = [node, ...(by ? [by] : since)];
    if (!by) {
      const paths = since.slice(0, NAMED).map(({ path }) => `'${path}'`);
      const more = since.length > NAMED ? ` and ${since.length - NAMED} more` : '';
      return new PipelineError('E_STAGE', `'${key}' of stage '${owner}' changed after it was provided, while one of these ran: ${paths.join(', ')}${more}.`, {
        at: stage.at,
        stage: owner,
        hint: `Let each stage make its own arrays and objects, and leave alone what it returned.`,
      });
    }
    const read = Object.entries(by.inputs).find(([, ref]) => refsOf(ref).some((one) => one.node.path === owner && one.key === key));
    const where = { at: by.stage.at, stage: by.path };
    if (read) {
      const hint = `Copy it first: structuredClone(${read[0]}), or ${read[0]}.slice() of an array.`;
      return new PipelineError('E_STAGE', `Stage '${by.path}' changed its input '${read[0]}' in place.`, { ...where, hint });
    }
    if (alike) {
      const message = `Stages '${owner}' and '${by.path}' provide the same ${Array.isArray(value) || ArrayBuffer.isView(value) ? 'array' : 'object'}, as '${key}' and '${alike.key}': what '${owner}' had provided changed.`;
      return new PipelineError('E_STAGE', message, {
        ...where,
        hint: 'Make a new one in each stage, or return a copy: structuredClone(...), or .slice() of an array.',
      });
    }
    return new PipelineError('E_STAGE', `'${key}' of stage '${owner}' changed while stage '${by.path}' ran.`, {
      ...where,
      hint: `Let '${by.path}' make its own arrays and objects, and '${owner}' leave alone what it returned.`,
    });
  }
}

type NodeRef = { readonly node: GraphNode; readonly key: string };

function refsOf(ref: GraphNode['inputs'][string]): readonly NodeRef[] {
  if ('node' in ref) return [ref];
  return ('record' in ref ? Object.values(ref.record) : ref.list).flatMap(refsOf);
}

function forgotten({ path, stage }: GraphNode, where: string, key: string): PipelineError {
  return new PipelineError('E_STAGE', `Stage '${path}' returned a promise as '${where}'; what it resolves to is needed.`, {
    at: stage.at,
    stage: path,
    hint: where === key ? `Write { ${key}: await ... }.` : `Await it before you return: ${key} = await Promise.all(...) for a list.`,
  });
}
