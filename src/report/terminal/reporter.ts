// Run events as a terminal shows them: a line for each finished stage on stdout, and on a live terminal one redrawn line
// of progress on stderr.
import { createLogUpdate } from 'log-update';
import type { ModelProgress, RunEvent } from '../../core/events.ts';
import { errorLines } from './error.ts';
import { bytes, number, outputLine, printable, seconds } from './format.ts';
import { pictureLines } from './picture.ts';
import type { TerminalStyle } from './style.ts';

interface Output {
  write(text: string): unknown;
}

/** @returns what to call with each event */
export function terminalReporter(out: Output, err: NodeJS.WriteStream, style: TerminalStyle): (event: RunEvent) => void {
  const { colors } = style;
  const live = style.live ? createLogUpdate(err) : undefined;
  let drawn = 0;
  const line = (text: string): void => {
    live?.clear();
    out.write(`${text}\n`);
  };
  const progress = (text: string, last = false): void => {
    const now = performance.now();
    if (!live || (!last && now - drawn < 100)) return;
    drawn = now;
    live(text);
  };
  const warnings = new Set<string>();
  return (event) => {
    switch (event.type) {
      case 'run-started':
        return line(colors.bold(printable(event.pipeline)));
      case 'adapter-ready': {
        const { name, driver, software } = event.adapter;
        return line(colors.dim(`  computing on ${printable(name)}, ${printable(driver)}${software ? ' (software)' : ''}`));
      }
      case 'stage-started':
        return progress(`${colors.cyan('▸')} ${event.stage}`, true);
      case 'progress': {
        const total = event.total === null ? '' : ` of ${bytes(event.total)}`;
        return progress(
          `${colors.cyan('▸')} ${event.stage}  ${event.task} ${bar(event.done, event.total)} ${bytes(event.done)}${total}  ${colors.dim(printable(event.note ?? ''))}`,
          event.done === event.total,
        );
      }
      case 'fit-progress':
        return progress([`${colors.cyan('▸')} ${event.stage}  at most ${event.maxIter} iterations`, ...event.models.slice(0, 12).map(modelLine)].join('\n'));
      case 'fit-resumed':
        return line(colors.dim(`  ${event.stage} resumed from iteration ${event.iterations}`));
      case 'picture':
        line(`  ${printable(event.picture.caption)}`);
        for (const text of pictureLines(event.picture, style.color)) line(`  ${text}`);
        return;
      case 'warning':
        if (warnings.has(event.message)) return;
        warnings.add(event.message);
        line(`${colors.yellow('!')} ${event.stage}: ${printable(event.message)}`);
        if (event.hint !== undefined) line(`  ${colors.green('try:')} ${printable(event.hint)}`);
        return;
      case 'stage-finished':
        return line(
          `${event.cached ? colors.dim('=') : colors.green('✔')} ${event.stage.padEnd(15)} ${colors.dim((event.cached ? 'cached' : seconds(event.ms)).padStart(7))}  ${outputLine(event.output)}`,
        );
      case 'run-finished':
        live?.clear();
        if (event.error) for (const text of errorLines(event.error, style)) err.write(`${text}\n`);
        else line(colors.dim(`  done in ${seconds(event.ms)}`));
    }
  };
}

function modelLine({ model, iteration, loss, gradient, done }: ModelProgress): string {
  return `    ${model.padEnd(8)} iteration ${String(iteration).padStart(3)}  loss ${number(loss)}  gradient ${Number.isNaN(gradient) ? '-' : gradient.toExponential(2)}${done ? '  done' : ''}`;
}

function bar(done: number, total: number | null): string {
  if (total === null || total === 0) return '';
  const filled = Math.round((Math.min(done, total) / total) * 20);
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`;
}
