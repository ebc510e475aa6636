// Where in the user's file something was written, read off a stack once, when a stage is made. A stack taken later, when
// the stage runs, shows rxjs and the engine but never the pipeline file.
import type { SourcePlace } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';

// Not `new URL('..', import.meta.url)`: bundlers take that for the name of a file to bring along.
const HERE = import.meta.url;
/** The folder of this package's code: once built, files stand at its top. */
const PACKAGE = HERE.replace(/(?:dsl\/place\.ts|[^/]*)$/, '');
const FRAME = /^\s*at (?:async )?(?:.* \()?((?:file:\/\/|\/|[A-Za-z]:[\\/]|https?:\/\/).*?):(\d+):(\d+)\)?$/;

/** Stands among files for the cell of a notebook, which is none. */
export const CELL = 'the cell of a notebook';
const CELL_FRAME = /^\s*at (?:.* \()?(?:evalmachine\.)?<anonymous>:\d+:\d+\)?$/m;

/** A folder of packages; a user's own folder may begin like its name. */
const INSTALLED = /[\\/]node_modules[\\/]/;

/** A `file:` URL as a path; another URL without its query; a path, which may hold a `?` of its own, as it is. */
export function asPath(location: string): string {
  if (location.startsWith('file://')) return decodeURIComponent(new URL(location).pathname).replace(/^\/([A-Za-z]:)/, '$1');
  return /^https?:/.test(location) ? location.replace(/\?.*$/, '') : location;
}

/** What evaluates a module. Whoever imported it stands behind this, and decides nothing of what is made in it. */
const EVALUATES = /node:internal\/modules\/|[\\/]node_modules[\\/](?:vite|vitest|vite-node|jest-runtime)[\\/]/;

/** The stack where this is called. */
function stackHere(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
}

/** Places in the user's files on an error's stack, innermost first. */
export function placesIn(stack = ''): SourcePlace[] {
  return stack.split('\n').flatMap((text) => {
    const place = frameOf(text);
    return place === undefined || place === 'package' ? [] : [place];
  });
}

/** The user's line that threw, where no code of this package was between it and the error. */
export function throwingPlace(stack: string): SourcePlace | undefined {
  const first = stack
    .split('\n')
    .map(frameOf)
    .find((place) => place !== undefined);
  return first === 'package' ? undefined : first;
}

/** Where a line of a stack is: in a user's file, in this package, or nowhere that matters. */
function frameOf(text: string): SourcePlace | 'package' | undefined {
  const [, location, line, column] = FRAME.exec(text) ?? [];
  if (location === undefined) return undefined;
  if (location.startsWith(PACKAGE) || location.startsWith(asPath(PACKAGE))) return 'package';
  if (INSTALLED.test(location)) return undefined;
  return { file: asPath(location), line: Number(line), column: Number(column) };
}

/** The nearest stack frame outside this package, or undefined when there is none. */
export function callerPlace(): SourcePlace | undefined {
  return placesIn(stackHere())[0];
}

/** {@link callerPlace} and {@link callerFiles}, off one stack: reading it takes longer than all the rest of a declaration. */
export function caller(): { readonly at: SourcePlace | undefined; readonly files: readonly string[] } {
  const stack = stackHere();
  return { at: placesIn(stack)[0], files: filesIn(stack) };
}

/**
 * The user's files, or {@link CELL}, between here and the module that is being evaluated. What is made here may hold on to anything that these
 * files passed down, so it stays the same only while all of them do.
 */
export function callerFiles(): readonly string[] {
  return filesIn(stackHere());
}

const DECLARING = 'declaringStages';

/** Who calls for a function that {@link declaring} calls, now or again later, is known from its declaration. */
function filesIn(stack = ''): readonly string[] {
  const lines = stack.split('\n');
  const end = lines.findIndex((text) => EVALUATES.test(text) || (text.includes(`${DECLARING} (`) && frameOf(text) === 'package'));
  const own = lines.slice(0, end === -1 ? undefined : end).join('\n');
  const files = placesIn(own).map(({ file }) => file);
  return [...new Set([...files, ...(CELL_FRAME.test(own) ? [CELL] : []), ...around.files])];
}

/** What a function that declares stages is given, and the user's files that called for it. */
interface Declaration {
  readonly files: readonly string[];
  readonly closureParams: JsonRecord | undefined;
}

let around: Declaration = { files: [], closureParams: undefined };

/** Calls a user's function that declares stages, now or again later, when its files are not on the stack any more. */
export function declaring<T>(declaration: Declaration, declare: () => T): T {
  const outer = around;
  around = declaration;
  try {
    return declare();
  } finally {
    around = outer;
  }
}

// Its name on a stack is looked for, and functions of the built package have none.
Object.defineProperty(declaring, 'name', { value: DECLARING });

/** What the function being called by {@link declaring} was given: a stage made now may hold on to any of it. */
export function closureParams(): JsonRecord | undefined {
  return around.closureParams;
}

/** As it was written: bundlers number functions of one name. */
export function functionName({ name }: { readonly name: string }): string {
  return name.replace(/\$\d+$/, '');
}
