// Why a pipeline file does not load: what was wrong, where, and a cure.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineError, reasonOf, type SourcePlace } from '../../core/errors/errors.ts';
import { placesIn } from '../../dsl/place.ts';
import { COMMON_JS_CURE } from '../../runtime/node/project/tscOutput.ts';

/** How esbuild, which erases the types, tells of one. */
const SYNTAX_ERROR = /^(.+):(\d+):(\d+): ERROR: (.*)$/m;
/** How Node tells of an import that finds nothing, in ES modules and in CommonJS. */
const MISSING = /^Cannot find (?:module|package) '([^']+)'(?: imported from '?(.+?)'?$|\nRequire stack:\n- (.+)$)/m;
/** Node begins the stack of an error that it finds before code runs with the place. */
const FIRST_LINE = /^(file:.+|\/.+):(\d+)\n/;
/** Those of packages: no path, no URL, none of the names that a package gives to itself. */
const PACKAGE = /^(?![./#]|[a-z]+:|[A-Z]:)(?:@[^/]+\/)?[^/]+/;

/** @param file the pipeline file, which may not be where the mistake is */
export function loadError(file: string, cause: unknown): PipelineError {
  const message = reasonOf(cause);
  const { stack } = cause as Partial<Error>;
  const [, at, line, column, syntax] = SYNTAX_ERROR.exec(message) ?? [];
  if (syntax !== undefined) {
    return notLoaded(file, syntax, cause, { file: at!, line: Number(line), column: Number(column) + 1 }, syntaxHint(syntax));
  }
  const [, name, imported, required] = MISSING.exec(message) ?? [];
  if (name !== undefined) {
    const importer = asFile((imported ?? required)!);
    const found = PACKAGE.exec(name)?.[0];
    const hint =
      found === undefined ? 'Correct the name; a file is imported with its extension.' : `Install it where the file can find it: npm install ${found}.`;
    return notLoaded(file, message.split('\n')[0]!, cause, placeOfName(importer, name), hint);
  }
  const [, early, earlyLine] = FIRST_LINE.exec(stack ?? '') ?? [];
  const place = early === undefined ? placesIn(stack)[0] : { file: asFile(early), line: Number(earlyLine), column: 1 };
  return notLoaded(file, message, cause, place);
}

/** Whether Node found an error before any code of the modules ran, such as a name that is not exported. */
export function isEarly(error: unknown): boolean {
  return error instanceof SyntaxError && FIRST_LINE.test(error.stack ?? '');
}

/** Whether Node found one of the modules that are kept beside this one gone, before any code of them ran: another run swept it. */
export function isGone(kept: string, error: unknown): boolean {
  const { code } = error as Partial<NodeJS.ErrnoException>;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT') && reasonOf(error).includes(dirname(fileURLToPath(kept)));
}

function notLoaded(
  file: string,
  why: string,
  cause: unknown,
  at: SourcePlace | undefined,
  hint = 'Correct the file; `npx tsc --noEmit` shows type errors.',
): PipelineError {
  return new PipelineError('E_USAGE', `${file} does not load: ${why}`, { cause, at, hint });
}

function syntaxHint(text: string): string | undefined {
  if (!text.includes('"cjs" output format')) return undefined;
  return COMMON_JS_CURE;
}

function asFile(path: string): string {
  return path.startsWith('file:') ? fileURLToPath(path.replace(/\?.*$/, '')) : path;
}

/** Where a file names what it imports. */
function placeOfName(file: string, name: string): SourcePlace | undefined {
  try {
    return { file, line: lineOf(readFileSync(file, 'utf8'), (line) => line.includes(basename(name)) && /['"`]/.test(line)), column: 1 };
  } catch {
    return undefined;
  }
}

/** The first line, from 1, that is like this; else the first of all. */
export function lineOf(text: string, like: (line: string) => boolean): number {
  return text.split('\n').findIndex(like) + 1 || 1;
}
