// What `check` and `run` say of what stages declare, and of what they should: before anything runs.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isPipelineError, type PipelineError } from '../../core/errors/errors.ts';
import type { Graph, GraphNode } from '../../dsl/graph/graph.ts';
import { fileUrl } from '../../dsl/stage/inputs.ts';
import { useNotes } from '../../runtime/keys/codeUses.ts';
import { filesLeft, type CodeDigests } from '../../runtime/keys/identity.ts';
import { nodeSurroundings } from '../../runtime/node/surroundings.ts';

/** Declared files that are not there, unless another stage says that it leaves them. */
export async function missingInputs({ nodes }: Graph): Promise<readonly PipelineError[]> {
  const left = new Set(filesLeft(nodes).map(({ href }) => href));
  const around = nodeSurroundings();
  const found = await Promise.all(
    nodes.map(async ({ path, stage: { spec, at } }) => {
      const missing = spec.inputs?.files?.find((file) => !left.has(fileUrl(file, at).href) && !existsSync(fileUrl(file, at)));
      if (missing === undefined) return undefined;
      return around.inputs({ files: [missing] }, at).then(
        () => undefined,
        (error: unknown) => (isPipelineError(error) ? Object.assign(error, { stage: path }) : undefined),
      );
    }),
  );
  return found.filter((error) => error !== undefined);
}

/** Paths of the files that stages read and no stage leaves. */
export function declaredFiles({ nodes }: Graph): readonly string[] {
  const left = new Set(filesLeft(nodes).map(({ href }) => href));
  const read = nodes.flatMap(({ stage: { spec, at } }) => (spec.inputs?.files ?? []).map((file) => fileUrl(file, at)));
  return read.filter(({ href }) => !left.has(href)).map((url) => fileURLToPath(url));
}

/**
 * What no part of a key tells of the code, and ids that stand for several stages.
 *
 * @param code absent where no result is kept
 */
export async function codeNotes({ nodes }: Graph, code: CodeDigests | undefined): Promise<readonly string[]> {
  const own = new Set(nodes.filter(({ stage }) => stage.spec.own).map(({ stage }) => stage.spec.id));
  return [...nodes.flatMap((node) => numbered(node, own)), ...(code ? await useNotes(nodes, code) : [])];
}

/** A stage that bears another name than its own, where the user chose that. */
function numbered({ path, stage: { spec, at } }: GraphNode, own: ReadonlySet<string>): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === spec.id || !own.has(spec.id)) return [];
  return [`${path} is the name of another stage '${spec.id}'${at ? ` (${at.file}:${at.line})` : ''}: ids that stand for several stages are numbered.`];
}
