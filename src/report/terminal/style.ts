// Colour and live redrawing only where they help: a terminal, no NO_COLOR, not TERM=dumb. Pipes get plain lines.
import picocolors from 'picocolors';

export interface TerminalStyle {
  readonly colors: ReturnType<typeof picocolors.createColors>;
  readonly color: boolean;
  /** Somebody looks at it: lines end at its last column. */
  readonly terminal: boolean;
  /** The terminal redraws: progress is one live block instead of nothing. */
  readonly live: boolean;
  readonly columns: number;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function terminalStyle(stream: Stream, env: Readonly<Record<string, string | undefined>>): TerminalStyle {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  // https://no-color.org: present and not empty, whatever its value.
  const color = !env['NO_COLOR'] && (forced || terminal);
  return { colors: picocolors.createColors(color), color, terminal, live: terminal && !env['CI'], columns: stream.columns ?? 80 };
}
