// An error in four parts: what, where, why it stopped, what to try. No stack: that is for --debug.
import type { ErrorSummary } from '../../core/events.ts';
import { printable } from './format.ts';
import type { TerminalStyle } from './style.ts';

export function errorLines({ code, message, hint, at, stage }: ErrorSummary, { colors }: Pick<TerminalStyle, 'colors'>): readonly string[] {
  const lines = [`${colors.red('✖')} ${colors.bold(code)} ${printable(message)}`];
  if (at) lines.push(`  at ${colors.cyan(`${printable(at.file)}:${at.line}:${at.column}`)}${stage === undefined ? '' : ` (stage '${printable(stage)}')`}`);
  if (hint !== undefined) lines.push(`  ${colors.green('try:')} ${printable(hint)}`);
  return lines;
}
