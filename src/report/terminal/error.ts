// An error in parts: what, where, what lies behind it, what to try. No stack: that is for --debug.
import type { SourcePlace } from '../../core/errors/errors.ts';
import type { ErrorSummary } from '../../core/events.ts';
import { printable } from './format.ts';
import type { TerminalStyle } from './style.ts';
import { widthOf, wrapped } from './table.ts';

export function errorLines(
  { code, message, hint, at, stage, stageAt, causes = [] }: ErrorSummary,
  { colors, width }: Pick<TerminalStyle, 'colors' | 'width'>,
): readonly string[] {
  const place = (one: SourcePlace): string => colors.cyan(`${printable(one.file)}:${one.line}:${one.column}`);
  const said = (first: string, text: string): readonly string[] => wrapped(first, 4, [text], width);
  const lines = [...said(`${colors.red('✖')} ${colors.bold(code)} `, printable(message))];
  const whose = stage === undefined ? '' : ` (stage '${printable(stage)}'${stageAt ? ` at ${place(stageAt)}` : ''})`;
  // A place stays in one piece, however long: terminals open it.
  if (at)
    lines.push(
      ...(widthOf(`  at ${place(at)}${whose}`) <= width ? [`  at ${place(at)}${whose}`] : [`  at ${place(at)}`, ...(whose === '' ? [] : [`   ${whose}`])]),
    );
  lines.push(...causes.flatMap((cause) => said('  because: ', printable(cause))));
  if (hint !== undefined) lines.push(...said(`  ${colors.green('try:')} `, printable(hint)));
  return lines;
}
