// Everything that can be known to be wrong with a pipeline file before it runs: the compiler looks at it while it is loaded,
// then facts are carried through its graph and shaders of its own are compiled. No data is touched, and without such shaders
// no device opened.
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { inferGraph, type Inferred } from '../../dsl/graph/infer.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import { tooLarge } from '../../runtime/bindingLimits.ts';
import { searchAdapter } from '../../runtime/node/device/adapters.ts';
import { rememberedLimits, LEAST_BINDING_BYTES } from '../../runtime/node/device/rememberedLimits.ts';
import { checkShaders, type ShaderCheck } from '../../runtime/node/project/shaderCheck.ts';
import { checkTypes } from '../../runtime/node/project/typeCheck.ts';
import type { CodeDigests } from '../../runtime/keys/identity.ts';
import { codeNotes, missingInputs } from './declarations.ts';
import { findPipeline, loadPipeline } from './load.ts';

export interface CheckOptions {
  readonly adapter?: string | undefined;
  /** Before a run: a check of the same text that went well is not repeated, and without a compiler the run goes on. */
  readonly beforeRun?: boolean;
  /** Tells what code is seen to do; absent where no result is kept. */
  readonly code?: CodeDigests | undefined;
  /** Sets what the command line asks for. */
  readonly configure?: ((pipeline: Pipeline) => Pipeline) | undefined;
}

export interface CheckedFile {
  /** Absolute path. */
  readonly file: string;
  /** Absent when the file does not load. */
  readonly pipeline?: Pipeline | undefined;
  readonly facts: Inferred['facts'];
  readonly problems: readonly PipelineError[];
  /** What could not be known, and what is no mistake but may surprise. */
  readonly notes: readonly string[];
}

/** @throws E_USAGE when there is no such file */
export async function checkFile(
  name: string,
  { adapter, beforeRun = false, code, configure = (pipeline) => pipeline }: CheckOptions = {},
): Promise<CheckedFile> {
  const file = findPipeline(name);
  const compiled = async (loaded: Awaited<ReturnType<typeof load>>): Promise<ShaderCheck> =>
    checkShaders(loaded.pipeline?.graph.nodes ?? [], { adapter, remember: beforeRun });
  const loading = load(file, configure);
  const [types, loaded, shaders] = await Promise.all([checkTypes(file, { remember: beforeRun }), loading, loading.then(compiled)]);
  const { facts, problems }: Inferred = loaded.pipeline ? inferGraph(loaded.pipeline.graph) : { facts: new Map(), problems: loaded.problems };
  const { graph } = loaded.pipeline ?? {};
  const [missing, said] = graph ? await Promise.all([missingInputs(graph), codeNotes(graph, code)]) : [[], []];
  const limits = await rememberedLimits(adapter);
  // A run says it itself; without a wish, a pipeline may well be checked where it cannot run.
  const { refusal } = adapter === undefined || beforeRun ? {} : await searchAdapter({ adapter, quiet: true });
  const large = tooLarge(facts, limits?.maxBindingBytes ?? LEAST_BINDING_BYTES, limits ? `${limits.name}, the adapter of the last run,` : 'WebGPU everywhere');
  const { unchecked } = types;
  const errors = types.errors.map((error) => knowingMore(error, problems));
  // A stage in the wrong order: the compiler points into the row where it stands, loading at where the stage was made.
  const ordered = errors.some(({ code }) => code === 'E_ORDER') ? problems.filter(({ code }) => code !== 'E_ORDER') : problems;
  const found = [
    ...(unchecked && !beforeRun ? [unchecked] : []),
    ...ordered,
    ...missing,
    ...(refusal ? [refusal] : []),
    ...shaders.problems,
    ...(limits ? large : []),
  ];
  return {
    file,
    pipeline: loaded.pipeline,
    facts,
    problems: inOrder([...found, ...errors.filter((error) => !found.some((other) => saysLess(error, other)))]),
    notes: [
      ...(unchecked && beforeRun ? [`${unchecked.message} (${unchecked.hint})`] : []),
      // A run that needs the device says so itself.
      ...(shaders.note !== undefined && !beforeRun ? [shaders.note] : []),
      ...(limits ? [] : large.map(({ message }) => message)),
      ...said,
    ],
  };
}

async function load(
  file: string,
  configure: (pipeline: Pipeline) => Pipeline,
): Promise<{ readonly pipeline?: Pipeline; readonly problems: readonly PipelineError[] }> {
  try {
    return { pipeline: configure((await loadPipeline(file)).pipeline), problems: [] };
  } catch (error) {
    if (!isPipelineError(error)) throw error;
    return { problems: [error] };
  }
}

/** The compiler knows no nearest names; loading, which found the same, does. */
function knowingMore(error: PipelineError, problems: readonly PipelineError[]): PipelineError {
  const same = problems.find(({ code, hint }) => code === 'E_ORDER' && hint?.startsWith('Did you mean'));
  if (error.code !== 'E_ORDER' || !same) return error;
  return new PipelineError(error.code, error.message, { at: error.at, hint: same.hint });
}

/** What loading or the facts say of a line, the compiler says of it too, in more words; of an order, far from where it is. */
function saysLess(error: PipelineError, than: PipelineError): boolean {
  const sameLine = error.at !== undefined && error.at.file === than.at?.file && error.at.line === than.at.line;
  return sameLine || (than.code === 'E_ORDER' && error.message.startsWith('No overload matches this call.'));
}

/** By place, and each once: a row of a fan-out repeats the mistakes of the first. */
function inOrder(problems: readonly PipelineError[]): readonly PipelineError[] {
  const place = ({ at }: PipelineError): string => (at ? `${at.file}:${String(at.line).padStart(9)}:${String(at.column).padStart(9)}` : '');
  const sorted = problems.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  return sorted.filter((one, i) => sorted.findIndex((other) => place(other) === place(one) && other.message === one.message) === i);
}
