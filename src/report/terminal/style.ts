// Colour and live redrawing only where they help: a terminal, no NO_COLOR, not TERM=dumb. Pipes get plain lines.
import picocolors from 'picocolors';

export interface TerminalStyle {
  readonly colors: ReturnType<typeof picocolors.createColors>;
  /** Colours a picture may use. */
  readonly depth: ColorDepth;
  /** Somebody looks at it: lines end at its last column. */
  readonly terminal: boolean;
  /** The terminal redraws: progress is one live block instead of nothing. */
  readonly live: boolean;
  readonly columns: number;
  /** Most letters of a line: `columns` of a terminal; a pipe takes lines as long as they are. */
  readonly width: number;
}

/** None, the 256 of xterm, or 24 bits. */
export type ColorDepth = 'none' | '256' | 'true';

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function terminalStyle(stream: Stream, env: Readonly<Record<string, string | undefined>>): TerminalStyle {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const columns = stream.columns || 80;
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  // https://no-color.org: present and not empty, whatever its value.
  const color = !env['NO_COLOR'] && (forced || terminal);
  return {
    colors: picocolors.createColors(color),
    depth: color ? depthOf(env) : 'none',
    terminal,
    live: terminal && !env['CI'],
    columns,
    width: terminal ? columns : Infinity,
  };
}

/** FORCE_COLOR as in chalk (2: 256 colours, 3: all); else COLORTERM says 24 bits, and 256 colours are everywhere. */
function depthOf({ FORCE_COLOR, COLORTERM }: Readonly<Record<string, string | undefined>>): ColorDepth {
  if (FORCE_COLOR === '3') return 'true';
  if (FORCE_COLOR === '2') return '256';
  return COLORTERM === 'truecolor' || COLORTERM === '24bit' ? 'true' : '256';
}
