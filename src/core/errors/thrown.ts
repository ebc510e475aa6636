// What anything thrown says, in words: errors and what caused them, the parts of an AggregateError, plain objects, strings,
// nothing at all. Whatever is thrown, telling it never throws.

/** Causes told of one error: enough to reach the end of any honest chain. */
const MOST = 10;
/** Characters told of a plain object. */
const LONGEST = 300;

/** What anything thrown says, without its causes. */
export function reasonOf(thrown: unknown): string {
  try {
    return tell(thrown);
  } catch {
    return `a value of type ${typeof thrown} that cannot be read`;
  }
}

/** What lies behind something thrown, nearest first: its causes, and the parts of an AggregateError. What was said is not repeated. */
export function causesOf(thrown: unknown): readonly string[] {
  const told: string[] = [];
  let before = inOneLine(reasonOf(thrown));
  for (const cause of chainOf(thrown).slice(1)) {
    // Several that failed, with no word of their own.
    if (cause instanceof AggregateError && cause.message === '' && cause.errors.length > 0) continue;
    const text = withCode(cause);
    if (!before.includes(text.split(': ').at(-1)!) && told.length < MOST) told.push(text);
    before = `${before}\n${text}`;
  }
  return told;
}

/** What was thrown, and its causes, in one line. */
export function wholeReason(thrown: unknown): string {
  return [reasonOf(thrown), ...causesOf(thrown)].join(': ');
}

/** Something thrown and all that lies behind it, each once. */
export function chainOf(thrown: unknown): readonly unknown[] {
  const chain = new Set<unknown>([thrown]);
  for (const one of chain) for (const next of behind(one)) if (chain.size < 100) chain.add(next);
  return [...chain];
}

/** The code of a system's error, such as ENOENT. */
export function systemCode(thrown: unknown): string | undefined {
  const code = fieldOf(thrown, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** A field of anything, undefined where there is none or it cannot be read. */
export function fieldOf(thrown: unknown, name: string): unknown {
  try {
    return (thrown as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

function behind(thrown: unknown): readonly unknown[] {
  if (thrown === null || typeof thrown !== 'object') return [];
  const parts = fieldOf(thrown, 'errors');
  const cause = fieldOf(thrown, 'cause');
  return [...(thrown instanceof Error && Array.isArray(parts) ? (parts as unknown[]) : []), ...(cause === undefined || cause === null ? [] : [cause])];
}

function tell(thrown: unknown): string {
  if (thrown === '') return 'an empty string';
  if (thrown === null || typeof thrown !== 'object') return String(thrown);
  const { message, code } = thrown as { readonly message?: unknown; readonly code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  // The error of several connections that failed has no message, only a code.
  if (thrown instanceof Error) return typeof code === 'string' ? code : thrown.name;
  return toldAsData(thrown);
}

/** A plain object as JSON; others by what they are. */
function toldAsData(thrown: object): string {
  const name = thrown.constructor?.name;
  if (name !== undefined && name !== 'Object' && name !== 'Array') {
    const status = fieldOf(thrown, 'status');
    return `a ${name}${typeof status === 'number' ? ` with status ${status}` : ''}`;
  }
  let text: string;
  try {
    text = JSON.stringify(thrown);
  } catch {
    text = `{ ${Object.keys(thrown).join(', ')} }`; // a cycle, or a bigint
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function inOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

function withCode(thrown: unknown): string {
  const text = inOneLine(reasonOf(thrown));
  const code = systemCode(thrown);
  // Node's own ERR_ codes repeat what their sentences say.
  return code === undefined || code.startsWith('ERR_') || text.includes(code) || fieldOf(thrown, 'name') === 'PipelineError' ? text : `${text} (${code})`;
}
