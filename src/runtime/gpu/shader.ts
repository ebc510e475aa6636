// From a kernel description to a compiled pipeline. Sizes are `const` lines on one first line, so that a compiler message
// maps back to the line of the .wgsl file by subtraction.
import type { Kernel } from '../../core/compute.ts';
import { PipelineError, type SourcePlace } from '../../core/errors.ts';
import { asPath } from '../../dsl/place.ts';
import { ShaderStage } from './constants.ts';
import { unroll } from './unroll.ts';

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

/** The text handed to the compiler: sizes, preludes, source. */
export async function assemble(kernel: Kernel, sizes: Readonly<Record<string, number>>, load: LoadText): Promise<AssembledSource> {
  const all = { ...kernel.sizes, ...sizes };
  const names = Object.entries(all);
  const enables = (kernel.enable ?? []).map((feature) => `enable ${feature}; `).join('');
  let code = `${enables}${names.map(([name, value]) => `const ${name} = ${value}u;`).join(' ')}\n`;
  const parts: { file: string; firstLine: number }[] = [];
  for (const url of [...(kernel.preludes ?? []), kernel.source]) {
    parts.push({ file: fileName(url), firstLine: code.split('\n').length });
    code += `${unroll(await load(url), all, kernel.unroll ?? [])}\n`;
  }
  return { code, parts };
}

/** In a bundle the text is in the URL itself, and the file's name behind its `#`. */
function fileName(url: URL): string {
  return url.protocol === 'data:' ? url.hash.slice(1) : asPath(url.href);
}

/** Compiles a kernel. @throws E_SHADER with `file.wgsl:line:column` of every message. */
export async function compile(device: GPUDevice, kernel: Kernel, source: AssembledSource): Promise<CompiledKernel> {
  const layout = device.createBindGroupLayout({
    label: kernel.name,
    entries: [
      { binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: 'uniform' } },
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
  if ('value' in compiled && !scope) return { pipeline: compiled.value, layout };
  const errors = info.messages
    .filter(({ type }) => type === 'error')
    .map(({ message, lineNum, linePos }) => ({ message, at: placeOf(source, lineNum, linePos) }));
  const messages = errors.map(({ message, at: { file, line, column } }) => `${file.split('/').pop()}:${line}:${column}: ${message}`);
  if (messages.length === 0) messages.push(scope?.message ?? ('cause' in compiled ? String(compiled.cause) : 'unknown error'));
  throw new PipelineError('E_SHADER', `Kernel '${kernel.name}' does not compile: ${messages.join('; ')}`, {
    at: errors[0]?.at,
    hint: 'Correct the WGSL at the place named.',
    cause: 'cause' in compiled ? compiled.cause : undefined,
  });
}

function placeOf({ parts }: AssembledSource, line: number, column: number): SourcePlace {
  const part = parts.findLast(({ firstLine }) => line >= firstLine);
  return part ? { file: part.file, line: line - part.firstLine + 1, column } : { file: 'sizes', line, column };
}
