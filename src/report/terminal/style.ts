// Colour and live redrawing only where they help: a terminal, no NO_COLOR, not TERM=dumb. Pipes get plain lines.
import picocolors from 'picocolors';
import { colorDepth, isTerminal, type ColorDepth, type Stream } from './depth.ts';

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

export function terminalStyle(stream: Stream, env: Readonly<Record<string, string | undefined>>): TerminalStyle {
  const terminal = isTerminal(stream, env);
  const columns = stream.columns || 80;
  const depth = colorDepth(stream, env);
  return {
    colors: picocolors.createColors(depth !== 'none'),
    depth,
    terminal,
    live: terminal && !env['CI'],
    columns,
    width: terminal ? columns : Infinity,
  };
}
