// How many colours a terminal shows. In a file of its own, since browsers load figures, which ask for it.

/** None, the 256 of xterm, or 24 bits. */
export type ColorDepth = 'none' | '256' | 'true';

export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

export function isTerminal(stream: Stream, env: Env): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** FORCE_COLOR as in chalk (2: 256 colours, 3: all); else COLORTERM says 24 bits, and 256 colours are everywhere. */
export function colorDepth(stream: Stream, env: Env): ColorDepth {
  const { FORCE_COLOR, COLORTERM, NO_COLOR } = env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0';
  // https://no-color.org: present and not empty, whatever its value.
  if (NO_COLOR || !(forced || isTerminal(stream, env))) return 'none';
  if (FORCE_COLOR === '3') return 'true';
  if (FORCE_COLOR === '2') return '256';
  return COLORTERM === 'truecolor' || COLORTERM === '24bit' ? 'true' : '256';
}
