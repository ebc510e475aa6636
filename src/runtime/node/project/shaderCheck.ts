// Compiles the shaders that a pipeline brings along, without running it: on the device that a run would take. A machine that
// has none gets the declarations compared all the same, and a note.
import { isPipelineError, type PipelineError } from '../../../core/errors/errors.ts';
import type { GraphNode } from '../../../dsl/graph/graph.ts';
import { placed } from '../../../dsl/placed.ts';
import { assemble, checkDeclared, compile, type AssembledSource } from '../../gpu/shader.ts';
import { openAdapter } from '../device/adapters.ts';
import { closeDevice, openDevice } from '../device/openDevice.ts';
import { nodeNoteStore } from '../device/noteStore.ts';
import { sha256Of } from '../files/sha256.ts';
import { loadText } from '../runtime.ts';

export interface ShaderCheckOptions {
  readonly adapter?: string | undefined;
  /** Takes the answer of the last check where text and declarations are the same; only success is remembered. */
  readonly remember?: boolean;
}

export interface ShaderCheck {
  readonly problems: readonly PipelineError[];
  /** Why shaders could not be compiled, where they could not. */
  readonly note?: string;
}

/** A shader and the stage it belongs to, ready for the compiler. */
interface Ready {
  readonly node: GraphNode;
  readonly source: AssembledSource;
}

/** Without shaders in the pipeline this opens no device. */
export async function checkShaders(nodes: readonly GraphNode[], { adapter, remember = false }: ShaderCheckOptions = {}): Promise<ShaderCheck> {
  const problems: PipelineError[] = [];
  const attempt = async <T>(node: GraphNode, work: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(placed(error, node.stage.at, node.path));
      return undefined;
    }
  };
  const ready: Ready[] = [];
  for (const node of nodes) {
    const { shader } = node.stage.spec;
    const source = shader && (await attempt(node, () => assemble(shader, {}, loadText)));
    if (source) ready.push({ node, source });
  }
  if (ready.length === 0) return { problems };
  const notes = nodeNoteStore();
  const note = `shaders-${keyOf(ready, adapter)}`;
  if (remember && (await notes.get(note)) !== undefined) return { problems };
  const opened = await openAdapter({ adapter, quiet: true }).then(openDevice).catch(asPipelineError);
  if (isPipelineError(opened)) {
    for (const { node, source } of ready) await attempt(node, () => checkDeclared(node.stage.spec.shader!, source));
    return { problems, note: `Shaders were not compiled, only their bindings compared: ${opened.message}` };
  }
  try {
    for (const { node, source } of ready) await attempt(node, () => compile(opened, node.stage.spec.shader!, source));
  } finally {
    closeDevice(opened);
  }
  if (problems.length === 0) await notes.set(note, '{}');
  return { problems };
}

function asPipelineError(error: unknown): PipelineError {
  if (isPipelineError(error)) return error;
  throw error;
}

function keyOf(ready: readonly Ready[], adapter: string | undefined): string {
  const shaders = ready.map(({ node, source }) => [node.stage.spec.shader, source.code]);
  const about = JSON.stringify([adapter ?? process.env['PIPELINE_ADAPTER'] ?? 'auto', shaders]);
  return sha256Of(about);
}
