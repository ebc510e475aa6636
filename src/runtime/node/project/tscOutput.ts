// What tsc printed, as errors of this package. Where the compiler's text carries a sentence of ours about the order of
// stages, that sentence is the error, not the types around it.
import { resolve } from 'node:path';
import { PipelineError } from '../../../core/errors/errors.ts';
import { wrongOrderError } from '../../../dsl/graph/order.ts';

const DIAGNOSTIC = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/;
/** Of what a CommonJS file may not have, and of how it may not be written. */
const COMMON_JS = ['TS1286', 'TS1287', 'TS1295', 'TS1309', 'TS1470', 'TS1479'];
export const COMMON_JS_CURE = 'The project is CommonJS: set "type": "module" in package.json, or name the file .mts.';
const WRONG_ORDER = /WrongOrder<((?:"[^"]*"(?: \| )?)+)>/;

/**
 * Errors in files that are the user's own; those of installed packages are nobody's to correct here.
 *
 * @param cwd what relative paths start from
 */
export function errorsOf(output: string, cwd: string): readonly PipelineError[] {
  const found: { readonly file: string | undefined; readonly line: number; readonly column: number; readonly code: string; readonly texts: string[] }[] = [];
  for (const printed of output.split(/\r?\n/)) {
    const [, file, line, column, code, text] = DIAGNOSTIC.exec(printed) ?? [];
    if (code !== undefined) found.push({ file: file && resolve(cwd, file), line: Number(line), column: Number(column), code, texts: [text!] });
    // Further lines of a message are indented.
    else if (/^\s+\S/.test(printed) && found.length > 0) found.at(-1)!.texts.push(printed.trim());
  }
  const errors = found
    .filter(({ file }) => !file || !/[\\/]node_modules[\\/]/.test(file))
    .map(({ file, line, column, code, texts }) => {
      const at = file === undefined ? undefined : { file, line, column };
      const sentences = WRONG_ORDER.exec(texts.join(' '))?.[1]?.slice(1, -1).split('" | "');
      if (sentences) return wrongOrderError(sentences, at);
      // Of a long explanation, what is wrong and the innermost reason.
      const text = [...new Set([texts[0]!, texts.at(-1)!])].join(' ');
      return new PipelineError('E_TYPES', `${text} (${code})`, { at, hint: COMMON_JS.includes(code) ? COMMON_JS_CURE : cureOf(text) });
    });
  return errors.filter((error) => !follows(error, errors));
}

/** Where the type of a stage cannot be told, nothing fits what was to follow from it: the other error of the line says why. */
function follows(error: PipelineError, errors: readonly PipelineError[]): boolean {
  const { at } = error;
  return error.message.includes("to type 'never'") && errors.some((other) => other !== error && other.at?.file === at?.file && other.at?.line === at?.line);
}

function cureOf(text: string): string {
  if (/Type '(void|undefined)' is not assignable to type '(object|\{)/.test(text)) return 'Return a record of what the stage adds: run: () => ({ ... }).';
  if (/Cannot find module|Cannot find package/.test(text)) return 'Correct the path, with its ending, or install the package.';
  return 'Correct the types there.';
}

/** Files that tsc says it read (`--listFiles`). */
export function filesOf(output: string): readonly string[] {
  return output.split(/\r?\n/).filter((line) => /^(\/|[A-Za-z]:[\\/]).*\.([cm]?[jt]sx?|json)$/.test(line));
}
