// An error in parts: what, where, what lies behind it, what to try. No stack: that is for --debug.
import type { SourcePlace } from '../../core/errors/errors.ts';
import type { ErrorSummary } from '../../core/events.ts';
import { printable } from './format.ts';
import type { TerminalStyle } from './style.ts';

export function errorLines(
  { code, message, hint, at, stage, stageAt, causes = [] }: ErrorSummary,
  { colors }: Pick<TerminalStyle, 'colors'>,
): readonly string[] {
  const place = (one: SourcePlace): string => colors.cyan(`${printable(one.file)}:${one.line}:${one.column}`);
  const lines = [`${colors.red('✖')} ${colors.bold(code)} ${printable(message)}`];
  const whose = stage === undefined ? '' : ` (stage '${printable(stage)}'${stageAt ? ` at ${place(stageAt)}` : ''})`;
  if (at) lines.push(`  at ${place(at)}${whose}`);
  lines.push(...causes.map((cause) => `  because: ${printable(cause)}`));
  if (hint !== undefined) lines.push(`  ${colors.green('try:')} ${printable(hint)}`);
  return lines;
}
