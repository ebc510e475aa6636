// What the code of stages is seen to do that no part of a key tells. Reading and writing cost a stage its place in the cache
// unless it declares them; the environment, the clock and chance are said, and cost one of a cell its place too.
import type { SourcePlace } from '../../core/errors/errors.ts';
import { CELL } from '../../dsl/place.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import type { AnySpec } from '../../dsl/stage/stage.ts';
import type { CodeDigests } from './identity.ts';

export interface CodeUse {
  readonly kind: 'reads' | 'writes' | 'env' | 'clock' | 'chance';
  /** As written: `readFileSync`, `process.env.MODE`. */
  readonly what: string;
  /** Of an environment variable; absent where it is computed. */
  readonly name?: string | undefined;
  /** Set where other files may use what this one hands on. */
  readonly passedOn?: true | undefined;
  readonly at: SourcePlace;
}

/** Why a result may not be used again, going by what the code does and what the stage declares. */
export function hiddenWhy({ inputs, outputs }: AnySpec, uses: readonly CodeUse[]): string | undefined {
  const reads = inputs === undefined ? uses.find(({ kind }) => kind === 'reads') : undefined;
  if (reads) return `its code reads what its key does not cover: ${shown(reads)}. Declare inputs: { files: ['...'] }, or {} if nothing it reads matters`;
  const writes = outputs === undefined ? uses.find(({ kind }) => kind === 'writes') : undefined;
  return writes && `its code writes files: ${shown(writes)}. Declare outputs: ['...'], or [] if they need not be kept`;
}

/** Why a result of a cell may not be used again: what would only be said of a file, see {@link useNotes}, makes it run. */
export function cellWhy(spec: AnySpec, uses: readonly CodeUse[]): string | undefined {
  return undeclared(spec, uses, () => [spec]).flatMap((use) => noteOf(use) ?? [])[0];
}

/**
 * What is to be said of stages before they run, each use once.
 *
 * @param nodes of the whole pipeline: what one stage declares, others of its file are not asked about
 * @param only of these alone
 */
export async function useNotes(nodes: readonly GraphNode[], code: CodeDigests, only: readonly GraphNode[] = nodes): Promise<readonly string[]> {
  const paths = new Map<string, string[]>();
  const besides = new Map<string, readonly AnySpec[]>();
  for (const { path, stage } of only) {
    const { spec, files = [] } = stage;
    if (!code.uses || spec.code !== undefined || spec.retention === 'nothing' || spec.policy?.cache === false) continue;
    // What cannot be read is said where it is needed.
    const uses = await code.uses(files.filter((file) => file !== CELL)).catch(() => []);
    if (uses.length === 0) continue;
    const why = hiddenWhy(spec, uses);
    const said =
      why === undefined
        ? undeclared(spec, uses, () => specsBeside(files, nodes, besides)).flatMap((use) => noteOf(use, ', but its result is kept') ?? [])
        : [`runs every time, since ${why}`];
    for (const text of new Set(said)) paths.set(text, [...(paths.get(text) ?? []), path]);
  }
  return [...paths].map(([text, of]) => `${of.length > 3 ? `${of.slice(0, 2).join(', ')} and ${of.length - 2} more` : of.join(', ')}: ${text}.`);
}

/** Of the stages that share a file, those that declare anything. */
function specsBeside(files: readonly string[], nodes: readonly GraphNode[], known: Map<string, readonly AnySpec[]>): readonly AnySpec[] {
  const key = files.join('\n');
  const found = known.get(key) ?? nodes.flatMap(({ stage }) => (stage.spec.inputs && stage.files?.some((file) => files.includes(file)) ? [stage.spec] : []));
  known.set(key, found);
  return found;
}

function undeclared({ inputs, own }: AnySpec, uses: readonly CodeUse[], beside: () => readonly AnySpec[]): readonly CodeUse[] {
  // Of bytes with a known digest nothing else decides; nor does it where a stage says so.
  if (inputs && (!own || Object.keys(inputs).length === 0)) return [];
  return uses.filter((use) => !beside().some((one) => declares(one, use)));
}

function declares({ inputs }: AnySpec, { kind, name }: CodeUse): boolean {
  if (kind === 'clock') return inputs?.validFor !== undefined;
  return kind === 'env' && inputs?.env !== undefined && (inputs.env.length === 0 || name === undefined || inputs.env.includes(name));
}

/** @param yet what is so all the same */
function noteOf(use: CodeUse, yet = ''): string | undefined {
  switch (use.kind) {
    case 'env':
      return `its code reads ${shown(use)}, which its key does not cover. Declare inputs: { env: ['${use.name ?? '...'}'] }, or make it a parameter`;
    case 'clock':
      return `its code reads the clock: ${shown(use)}${yet}. Declare inputs: { validFor: '24h' }, or make the time a parameter`;
    case 'chance':
      return `its code uses randomness: ${shown(use)}${yet}. Declare seeded: true and draw from context.seed()`;
    default:
      return undefined;
  }
}

function shown({ what, at }: CodeUse): string {
  return `${what} (${at.file}:${at.line})`;
}
