// From a kernel description to a compiled pipeline. Sizes are `const` lines on one first line, so that a compiler message
// maps back to the line of the .wgsl file by subtraction.
import type { Kernel } from '../../core/compute.ts';
import { PipelineError, reasonOf, type SourcePlace } from '../../core/errors/errors.ts';
import { systemCode } from '../../core/errors/thrown.ts';
import { checkFeatures } from '../../core/launch.ts';
import { asPath } from '../../dsl/place.ts';
import { ShaderStage } from './constants.ts';
import { featuresOf } from './device.ts';
import { disagreementIn } from './disagreement.ts';
import { unroll } from './unroll.ts';
import { enabledIn, entryPointsIn, withoutComments } from './wgslText.ts';

/** Reads a text file of the package: from disk in Node, over HTTP in a browser. */
export type LoadText = (url: URL) => Promise<string>;

export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export interface AssembledSource {
  readonly code: string;
  /** Which file each stretch of lines came from, first line of each, counted from 1. */
  readonly parts: readonly { readonly file: string; readonly firstLine: number }[];
}

/** The text handed to the compiler: sizes, preludes, source. @throws E_SHADER for a file that cannot be read */
export async function assemble(kernel: Kernel, sizes: Readonly<Record<string, number>>, load: LoadText): Promise<AssembledSource> {
  const all = { ...kernel.sizes, ...sizes };
  const names = Object.entries(all);
  const enables = (kernel.enable ?? []).map((feature) => `enable ${feature}; `).join('');
  let code = `${enables}${names.map(([name, value]) => `const ${name} = ${value}u;`).join(' ')}\n`;
  const parts: { file: string; firstLine: number }[] = [];
  for (const url of [...(kernel.preludes ?? []), kernel.source]) {
    parts.push({ file: fileName(url), firstLine: code.split('\n').length });
    const text = await load(url).catch((cause: unknown) => {
      throw unreadable(kernel, url, cause);
    });
    code += `${unroll(text, all, kernel.unroll ?? [])}\n`;
  }
  return { code, parts };
}

function unreadable(kernel: Kernel, url: URL, cause: unknown): PipelineError {
  const file = fileName(url);
  const why = systemCode(cause) === 'ENOENT' ? 'there is no such file' : reasonOf(cause);
  return new PipelineError('E_SHADER', `The WGSL of '${kernel.name}' cannot be read from ${file}: ${why}.`, {
    hint: `Correct its source: new URL('./${file.split('/').pop()}', import.meta.url) names a file beside the one it stands in.`,
    cause,
  });
}

/** In a bundle the text is in the URL itself, and the file's name behind its `#`. */
function fileName(url: URL): string {
  return url.protocol === 'data:' ? url.hash.slice(1) : asPath(url.href);
}

/**
 * Compiles a kernel.
 *
 * @throws E_SHADER with `file.wgsl:line:column` of every message, and where text and declaration differ; E_DEVICE for what it
 *   enables and the device lacks
 */
export async function compile(device: GPUDevice, kernel: Kernel, source: AssembledSource): Promise<CompiledKernel> {
  checkFeatures(kernel, enabledIn(withoutComments(source.code)), featuresOf(device));
  const layout = device.createBindGroupLayout({
    label: kernel.name,
    entries: [
      { binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ...Object.values(kernel.bindings).map((access, i) => ({
        binding: i + 1,
        visibility: ShaderStage.COMPUTE,
        buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    ],
  });
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: kernel.name, code: source.code });
  const pipeline = device.createComputePipelineAsync({
    label: kernel.name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: 'main' },
  });
  const [info, compiled, scope] = await Promise.all([
    module.getCompilationInfo(),
    pipeline.then(
      (value) => ({ value }),
      (cause: unknown) => ({ cause }),
    ),
    device.popErrorScope(),
  ]);
  const errors = info.messages
    .filter(({ type }) => type === 'error')
    .map(({ message, lineNum, linePos }) => ({ message: message.split('\n')[0]!, at: placeOf(source, lineNum, linePos) }));
  // A binding of another type than the stage's is the cause of what then does not fit; text that is no WGSL declares nothing.
  if (!errors.some(({ message }) => /^(un)?expected /.test(message))) checkDeclared(kernel, source);
  if (errors.length > 0) {
    const messages = errors.map(({ message, at: { file, line, column } }) => `${file.split('/').pop()}:${line}:${column}: ${message}`);
    throw new PipelineError('E_SHADER', `Kernel '${kernel.name}' does not compile: ${messages.join('; ')}`, {
      at: errors[0]!.at,
      hint: 'Correct the WGSL at the place named.',
    });
  }
  if ('value' in compiled && !scope) return { pipeline: compiled.value, layout };
  throw refused(kernel, source, scope?.message ?? ('cause' in compiled ? reasonOf(compiled.cause) : 'unknown error'));
}

/** Holds a user's declarations against the text. @throws E_SHADER where they say different things */
export function checkDeclared(kernel: Kernel, source: AssembledSource): void {
  if (!kernel.elements) return;
  const wrong = disagreementIn(kernel, source.code, fileName(kernel.source).split('/').pop()!);
  if (!wrong) return;
  throw new PipelineError('E_SHADER', wrong.message, { hint: wrong.hint, at: wrong.at && placeOf(source, wrong.at.line, wrong.at.column) });
}

/** Valid WGSL that this device does not take. */
function refused(kernel: Kernel, source: AssembledSource, message: string): PipelineError {
  const main = entryPointsIn(withoutComments(source.code)).find(({ name }) => name === 'main');
  return new PipelineError('E_SHADER', `Kernel '${kernel.name}' is refused by the device: ${message.split('\n')[0]!.trim()}`, {
    at: main && placeOf(source, main.line, main.column),
    hint: message.includes('workgroup') ? 'Give @workgroup_size fewer invocations, or keep less in var<workgroup>.' : 'Correct the WGSL at the place named.',
  });
}

function placeOf({ parts }: AssembledSource, line: number, column: number): SourcePlace {
  const part = parts.findLast(({ firstLine }) => line >= firstLine);
  return part ? { file: part.file, line: line - part.firstLine + 1, column } : { file: 'sizes', line, column };
}
