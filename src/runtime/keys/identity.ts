// What a stage's result depends on, part by part. The key of the cache is the digest of the parts; the parts themselves
// are kept with every run, so that it can be said which of them changed. A part that cannot be known makes the stage run.
import { reasonOf } from '../../core/errors/errors.ts';
import type { AdapterSummary } from '../../core/events.ts';
import { canonicalJson, sha256 } from '../../core/encoding/digest.ts';
import { encode, isJson } from '../../core/encoding/encoding.ts';
import { childSeed } from '../../core/seed.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { CELL } from '../../dsl/place.ts';
import { fileUrl } from '../../dsl/stage/inputs.ts';
import type { AnySpec, AnyStage } from '../../dsl/stage/stage.ts';
import { CACHE_FORMAT } from './cache.ts';
import { cellWhy, hiddenWhy, type CodeUse } from './codeUses.ts';
import type { Surroundings } from '../surroundings.ts';

/** Named parts of a key, for example `param tol: 0.1`, `input train: 9f2c...`, `code pipelines/ink.ts: 03ab...`. */
export type Parts = Readonly<Record<string, string>>;

export type Identity = { readonly key: string; readonly parts: Parts } | { readonly key?: undefined; readonly parts: Parts; readonly why: string };

/** Digests of texts that decide what stages do; the platform knows how to read them. */
export interface CodeDigests {
  /**
   * Every file that the given ones import, itself included, comments left out: digest by name.
   *
   * @param declared files that count by themselves, or are written while stages run
   */
  closure(files: readonly string[], declared?: readonly URL[]): Promise<Parts>;
  /** This package's code; and its kernels, with what compiles them. */
  packageDigests(): Promise<{ readonly code: string; readonly kernels: string }>;
  text(url: URL): Promise<string>;
  /**
   * What functions of a cell do, and what values they hold; absent where nobody can look.
   *
   * @throws Error with why that cannot be told
   */
  held?(functions: readonly ((...args: never[]) => unknown)[]): Promise<{ readonly digest: string; readonly uses: readonly CodeUse[] }>;
  /** What code in those files is seen to do that its digest does not tell; absent where nobody can look. */
  uses?(files: readonly string[]): Promise<readonly CodeUse[]>;
}

/** What is known of the world around a pipeline. */
export interface World {
  /** To look at what stages declare. */
  readonly around?: Surroundings | undefined;
  /** Files that stages of the pipeline leave, see {@link filesLeft}. */
  readonly left?: readonly URL[] | undefined;
}

/**
 * @param inputs digest of each value the stage reads; undefined for one that has no encoding
 * @param seed root seed of the run
 * @throws E_DATA for a declared file that is not there
 */
export async function identify(
  node: GraphNode,
  inputs: Readonly<Record<string, string | undefined>>,
  code: CodeDigests,
  seed: number,
  { around, left = [] }: World = {},
): Promise<Identity> {
  const { spec, files, ordinal, closureParams } = node.stage;
  const parts: Record<string, string> = { format: String(CACHE_FORMAT), stage: spec.id };
  let odd: string | undefined;
  for (const [name, value] of Object.entries(spec.params)) {
    if (value === undefined) continue;
    try {
      parts[`param ${name}`] = await paramText(value);
    } catch (error) {
      parts[`param ${name}`] = 'unknown';
      odd ??= `its param '${name}' is not plain data: ${reasonOf(error)}`;
    }
  }
  for (const [name, value] of Object.entries(spec.captured ?? {})) {
    try {
      parts[`captured ${name}`] = (await encode(value, () => false)).digest;
    } catch (error) {
      parts[`captured ${name}`] = 'unknown';
      odd ??= `the '${name}' it was made with is not plain data: ${reasonOf(error)}`;
    }
  }
  if (node.requested) parts['requested by later stages'] = canonicalJson(node.requested);
  if (spec.seeded) parts['seed'] = String(childSeed(seed, node.path));
  for (const [name, digest] of Object.entries(inputs)) parts[`input ${name}`] = digest ?? 'unknown';
  const named = spec.code ?? files ?? [];
  const inCell = named.includes(CELL);
  const sources = named.filter((file) => file !== CELL);
  if (spec.outputs && spec.outputs.length > 0) parts['outputs'] = String(spec.outputs.length); // their names are in its code
  if (spec.inputs && around) Object.assign(parts, await around.inputs(spec.inputs, node.stage.at));
  let hidden: string | undefined;
  if (spec.code === undefined && closureParams) parts['made with'] = canonicalJson(closureParams);
  if (spec.code === undefined && ordinal !== undefined && !inCell) parts['made as'] = `number ${ordinal} of '${spec.id}' in its files`;
  try {
    const own = await code.packageDigests();
    parts['package code'] = own.code;
    const apart = [...declaredFiles(node.stage), ...left];
    const closure = await code.closure(sources, apart);
    for (const [name, digest] of Object.entries(closure)) parts[`code ${name}`] = digest;
    for (const [i, url] of (spec.wgsl ?? []).entries()) parts[`wgsl ${i + 1} ${url.pathname.split('/').at(-1)}`] = await sha256(await code.text(url));
    const held = inCell ? await heldBy(spec, code) : undefined;
    if (held) parts['cell'] = held.digest;
    if (spec.code === undefined) hidden = hiddenWhy(spec, [...((await code.uses?.(sources)) ?? []), ...(held?.uses ?? [])]);
    if (held) hidden ??= cellWhy(spec, held.uses);
    if (spec.inputs === undefined && left.length > 0) {
      const written = Object.keys(await code.closure(sources, declaredFiles(node.stage))).find((name) => !Object.hasOwn(closure, name));
      if (written !== undefined)
        hidden ??= `its code names ${written}, which another stage writes. Declare inputs: { files: ['...'] }, or {} if it does not read that`;
    }
  } catch (error) {
    return { parts, why: `its code cannot be read: ${reasonOf(error)}` };
  }
  // What is never kept has its parts recorded too: they tell why what reads it changed.
  if (spec.policy?.cache === false) return { parts, why: 'its policy is cache: false' };
  if (spec.retention === 'nothing') return { parts, why: 'its source has no digest' };
  if (spec.code === undefined && named.length === 0) return { parts, why: 'its source files are unknown' };
  if (hidden !== undefined) return { parts, why: hidden };
  if (!around && Object.keys(spec.inputs ?? {}).length > 0) return { parts, why: 'the inputs that it declares cannot be read here' };
  if (odd !== undefined) return { parts, why: odd };
  const unknown = Object.keys(inputs).find((name) => inputs[name] === undefined);
  if (unknown !== undefined) return { parts, why: `its input '${unknown}' has no encoding as data` };
  return { key: await sha256(canonicalJson(parts)), parts };
}

/** @throws Error for a stage that is not made of functions alone */
async function heldBy({ functions, code: known }: AnySpec, code: CodeDigests): ReturnType<NonNullable<CodeDigests['held']>> {
  if (known === undefined && functions && code.held) return code.held(functions);
  throw new Error(`it comes from ${CELL}, where only stages of functions can be told apart; put it into a file that the cell imports`);
}

/** Parts that only the key of a result has that was computed on a device. */
export const ON_DEVICE: readonly string[] = ['adapter', 'package kernels'];

/** The identity of a stage that computes on a device: another adapter, another driver, or a search in another place, rounds differently. */
export async function onAdapter(
  identity: Identity,
  { name, vendor, architecture, driver, solver, shards }: AdapterSummary,
  code: CodeDigests,
): Promise<Identity> {
  const adapter = `${name} (${[vendor, architecture, driver, solver && `solver on the ${solver}`, shards && `rows in shards on ${shards}`].filter(Boolean).join(', ')})`;
  const parts = { ...identity.parts, adapter, 'package kernels': (await code.packageDigests()).kernels };
  return identity.key === undefined ? { ...identity, parts } : { key: await sha256(canonicalJson(parts)), parts };
}

/** Reads all code that decides what these stages do, now: what is edited while they run is not what runs. */
export async function readCode(nodes: readonly GraphNode[], code: CodeDigests): Promise<void> {
  const left = filesLeft(nodes);
  const reads = nodes.flatMap(({ stage }) => [
    code.closure(
      (stage.spec.code ?? stage.files ?? []).filter((file) => file !== CELL),
      [...declaredFiles(stage), ...left],
    ),
    ...(stage.spec.wgsl ?? []).map((url) => code.text(url)),
  ]);
  // What cannot be read is met, and said, where it is needed.
  await Promise.allSettled([code.packageDigests(), ...reads]);
}

/** Every file that one of these stages says it leaves. */
export function filesLeft(nodes: readonly GraphNode[]): readonly URL[] {
  return nodes.flatMap(({ stage }) => (stage.spec.outputs ?? []).map((file) => fileUrl(file, stage.at)));
}

/** Files that a stage says it reads or leaves. */
export function declaredFiles({ spec: { inputs, outputs }, at }: AnyStage): readonly URL[] {
  return [...(inputs?.files ?? []), ...(outputs ?? [])].map((file) => fileUrl(file, at));
}

/** JSON where that says all; JSON alone would write Infinity and NaN alike and leave functions out. */
async function paramText(value: unknown): Promise<string> {
  const encoded = await encode(value);
  // As written: the order of a grid's parameters is the order of its points.
  return isJson(encoded) ? JSON.stringify(value) : encoded.text;
}

/** A part as it was and as it is; undefined where it is not there. */
export interface PartChange {
  readonly part: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * The parts that differ, inputs last: an input that changed has its cause further up. Of a stage that did not run yet nobody
 * knows whether it computes on a device: that only one side has such parts is no difference.
 */
export function changesOf(before: Parts, after: Parts): readonly PartChange[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])]
    .toSorted((a, b) => Number(a.startsWith('input ')) - Number(b.startsWith('input ')))
    .filter((part) => !ON_DEVICE.includes(part) || (part in before && part in after))
    .flatMap((part) => (before[part] === after[part] ? [] : [{ part, before: before[part], after: after[part] }]));
}

export function firstChange(before: Parts, after: Parts): PartChange | undefined {
  return changesOf(before, after)[0];
}
