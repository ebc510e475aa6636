// Which lines of code can be reached from the files that make a stage: a module of helpers may read files in one of them,
// while the stage uses another. esbuild leaves out what nothing refers to; its source map tells what is left.
import { dirname, join, resolve } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import type { CodeUse } from '../../keys/codeUses.ts';
import { MARKS } from './markedCode.ts';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const OUT = 'unused';

/** @param settings of the build that finds imports */
export async function reachedUses(entries: readonly string[], uses: readonly CodeUse[], settings: BuildOptions): Promise<readonly CodeUse[]> {
  if (uses.length === 0) return uses;
  const folder = dirname(entries[0]!);
  const { metafile, outputFiles } = await build({
    ...settings,
    entryPoints: [...entries],
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: folder,
    outdir: OUT,
    // What runs when it is imported runs, whatever its package says.
    ignoreAnnotations: true,
    define: MARKS,
    sourcemap: 'external',
  });
  const bundled = new Set(Object.keys(metafile.inputs).map((input) => resolve(folder, input)));
  const reached = new Set(outputFiles.filter(({ path }) => path.endsWith('.map')).flatMap(({ path, text }) => linesOf(text, dirname(path))));
  return uses.filter(({ passedOn, at }) => passedOn || !bundled.has(at.file) || reached.has(`${at.file}:${at.line}`));
}

/** `file:line` of all that a source map leads to. */
function linesOf(map: string, folder: string): readonly string[] {
  const { sources, mappings } = JSON.parse(map) as { readonly sources: readonly string[]; readonly mappings: string };
  const lines = new Set<string>();
  let [source, line] = [0, 0];
  for (const segment of mappings.split(/[;,]/)) {
    const [, toSource, toLine] = numbersOf(segment);
    if (toLine === undefined) continue;
    source += toSource!;
    line += toLine;
    lines.add(`${join(folder, sources[source]!)}:${line + 1}`);
  }
  return [...lines];
}

/** The numbers of one segment, each in digits of five bits, lowest first, with the sign in the lowest bit. */
function numbersOf(segment: string): readonly number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
