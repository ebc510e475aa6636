// Run events as a terminal shows them: a line for each finished stage on stdout, and on a live terminal a table of the
// others on stderr.
import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../../core/events.ts';
import { errorLines } from './error.ts';
import { bytes, outputParts, printable, seconds } from './format.ts';
import { liveTable } from './live.ts';
import { fitted, pictureLines } from './picture.ts';
import { terminalStyle } from './style.ts';
import { wrapped } from './table.ts';

const REDRAW_MS = 100;
const LIVE_LINES = 12;

/** Nothing of a device that was not used. */
function peakText({ processBytes, deviceBytes }: NonNullable<Extract<RunEvent, { type: 'run-finished' }>['peak']>): string {
  return [...(processBytes === undefined ? [] : [`${bytes(processBytes)} of memory`]), ...(deviceBytes === 0 ? [] : [`${bytes(deviceBytes)} on the device`])]
    .map((text, i) => `${i === 0 ? ', at most ' : ' and '}${text}`)
    .join('');
}

type Finished = Extract<RunEvent, { type: 'stage-finished' }>;

export interface ReporterOptions {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the run may take, where that is worth a word. */
  readonly expected?: string | undefined;
  /** Ms that stages took when they last ran, by path. */
  readonly durations?: ReadonlyMap<string, number> | undefined;
}

/** @returns what to call with each event */
export function terminalReporter({ out, err, env, expected, durations }: ReporterOptions): (event: RunEvent) => void {
  const style = terminalStyle(out, env);
  const { colors } = style;
  const screen = terminalStyle(err, env);
  const live = screen.live ? { table: liveTable(screen, durations), draw: createLogUpdate(err) } : undefined;
  let redraw: NodeJS.Timeout | undefined;
  const line = (text: string): void => {
    live?.draw.clear();
    out.write(`${text}\n`);
  };
  const width = style.terminal ? style.columns : Infinity;
  /** Nothing is cut: what a run found out is what people came for. */
  const wrap = (first: string, parts: readonly string[], indent = 2): void => line(wrapped(first, indent, parts, width).join('\n'));
  const warnings = new Set<string>();
  return (event) => {
    live?.table.see(event);
    switch (event.type) {
      case 'run-started':
        // The clock alone redraws, so no burst of events can draw more often; it holds no process.
        if (live) redraw = setInterval(() => live.draw(live.table.lines(LIVE_LINES).join('\n')), REDRAW_MS).unref();
        line(`${colors.bold(printable(event.pipeline))} ${colors.dim(`seed ${event.seed}`)}`);
        if (expected !== undefined) line(colors.dim(`  ${expected}`));
        return;
      case 'adapter-ready': {
        const { name, driver, software } = event.adapter;
        return wrap('  ', [`computing on ${printable(name)}`, `${printable(driver)}${software ? ' (software)' : ''}`].map(colors.dim), 4);
      }
      case 'fit-resumed':
        return line(colors.dim(`  ${printable(event.stage)} resumed from iteration ${event.iterations}`));
      case 'picture':
        if (event.of !== 'row') return;
        line(`  ${printable(event.picture.caption)}`);
        for (const text of pictureLines(fitted(event.picture, style.columns - 2), style.depth)) line(`  ${text}`);
        return;
      case 'warning':
        if (warnings.has(event.message)) return;
        warnings.add(event.message);
        wrap(`${colors.yellow('!')} `, [`${printable(event.stage)}: ${printable(event.message)}`]);
        if (event.hint !== undefined) wrap(`  ${colors.green('try:')} `, [printable(event.hint)]);
        return;
      case 'stage-finished':
        return finished(event);
      case 'run-finished':
        clearInterval(redraw);
        live?.draw.clear();
        live?.draw.done();
        if (event.error) for (const text of errorLines(event.error, style)) err.write(`${text}\n`);
        else wrap('  ', [colors.dim(`done in ${seconds(event.ms)}${event.peak ? peakText(event.peak) : ''}`)]);
    }
  };

  /** Results first; what they cost stands behind them. */
  function finished({ stage, ms, cached, output, device }: Finished): void {
    const mark = cached ? colors.dim('=') : colors.green('✔');
    const first = `${mark} ${printable(stage).padEnd(15)} ${colors.dim((cached ? 'cached' : seconds(ms)).padStart(7))}  `;
    const used = device ? [colors.dim(`${bytes(device.bytes)} and ${seconds(device.computeMs)} on the device`)] : [];
    wrap(first, [...outputParts(output), ...used], 27);
  }
}
