// Run events as a terminal shows them: a line for each finished stage on stdout, and on a live terminal a table of the
// others on stderr.
import type { Chart } from '../figures/kinds.ts';
import { chartLines } from '../figures/text.ts';
import type { RunEvent } from '../../core/events.ts';
import { errorLines } from './error.ts';
import { costParts, resultRows, withClassName, type Shown } from './closing.ts';
import { outputParts, printable, seconds } from './format.ts';
import { lazily } from './lazily.ts';
import { liveTable } from './live.ts';
import { fitted, pictureLines } from './picture.ts';
import { terminalStyle } from './style.ts';
import { wrapped, wrappedTable } from './table.ts';

const logUpdate = lazily<typeof import('log-update')>('log-update');
const REDRAW_MS = 100;
const LIVE_LINES = 12;

type Finished = Extract<RunEvent, { type: 'stage-finished' }>;

export interface ReporterOptions {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the run may take, where that is worth a word. */
  readonly expected?: string | undefined;
  /** Ms that stages took when they last ran, by path. */
  readonly durations?: ReadonlyMap<string, number> | undefined;
  /** Stages that nothing reads from. */
  readonly ends?: ReadonlySet<string> | undefined;
  /** What may be done next, told on a terminal. */
  readonly next?: readonly (readonly [string, string])[] | undefined;
}

/** @returns what to call with each event */
export function terminalReporter({ out, err, env, expected, durations, ends, next = [] }: ReporterOptions): (event: RunEvent) => void {
  const style = terminalStyle(out, env);
  const { colors } = style;
  const screen = terminalStyle(err, env);
  const live = screen.live ? { table: liveTable(screen, durations), draw: logUpdate()!.createLogUpdate(err) } : undefined;
  let redraw: NodeJS.Timeout | undefined;
  const line = (text: string): void => {
    live?.draw.clear();
    out.write(`${text}\n`);
  };
  const { width } = style;
  /** Nothing is cut: what a run found out is what people came for. */
  const wrap = (first: string, parts: readonly string[], indent = 2): void => line(wrapped(first, indent, parts, width).join('\n'));
  const warned = new Set<string>();
  /** By stage: warnings that were told before. */
  const repeated = new Map<string, number>();
  const shown = new Map<string, Finished | undefined>();
  return (event) => {
    live?.table.see(event);
    switch (event.type) {
      case 'run-started':
        // The clock alone redraws, so no burst of events can draw more often; it holds no process.
        if (live) redraw = setInterval(() => live.draw(live.table.lines(LIVE_LINES).join('\n')), REDRAW_MS).unref();
        for (const stage of event.stages) shown.set(stage, undefined);
        line(`${colors.bold(printable(event.pipeline))} ${colors.dim(`seed ${event.seed}`)}`);
        if (expected !== undefined) wrap('  ', expected.split(', ').map(colors.dim));
        return;
      case 'adapter-ready': {
        const { name, software, solver } = event.adapter;
        const more = [...(software ? ['software'] : []), ...(solver ? [`solver on the ${solver}`] : [])];
        return wrap('  ', [`computing on ${printable(name)}`, ...more].map(colors.dim), 4);
      }
      case 'fit-resumed':
        return line(colors.dim(`  ${printable(event.stage)} resumed from iteration ${event.iterations}`));
      case 'picture':
        if (event.of !== 'row' && event.of !== 'figure') return;
        line(`  ${printable(event.picture.caption)}`);
        for (const text of pictureLines(fitted(event.picture, style.columns - 2), style.depth)) line(`  ${text}`);
        return;
      case 'figure':
        for (const text of chartLines(event.chart as unknown as Chart, style.columns - 2)) line(`  ${text}`);
        return;
      case 'warning':
        if (repeats(event)) return;
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
        else close(event);
    }
  };

  /** What a run found out, what it took, and what to do next. */
  function close(event: Extract<RunEvent, { type: 'run-finished' }>): void {
    const stages = outputs();
    const table = (title: string, rows: readonly (readonly string[])[]): void => {
      if (rows.length > 0) line(`\n${colors.bold(title)}\n${indented(rows).join('\n')}`);
    };
    table('Results', resultRows(stages, ends));
    const cached = [...shown.values()].filter((finished) => finished?.cached).length;
    wrap('  ', costParts(event, cached, stages.length).map(colors.dim));
    if (style.terminal) table('Next', next);
  }

  function outputs(): readonly Shown[] {
    return [...shown].map(([path, finished]) => ({ path, output: finished?.output }));
  }

  function indented(rows: readonly (readonly string[])[]): readonly string[] {
    return wrappedTable(rows, width - 2).map((text) => `  ${text}`);
  }

  /** A warning is told once; how often it came is told when its stage is over. */
  function repeats({ stage, message }: Extract<RunEvent, { type: 'warning' }>): boolean {
    if (warned.has(message)) repeated.set(stage, (repeated.get(stage) ?? 0) + 1);
    return warned.size === warned.add(message).size;
  }

  /** Results first; what they cost stands behind them. */
  function finished(event: Finished): void {
    const { stage, ms, cached, output, worker, attempt = 1 } = event;
    shown.set(stage, event);
    const mark = cached ? colors.dim('=') : colors.green('✔');
    const first = `${mark} ${printable(stage).padEnd(15)} ${colors.dim((cached ? 'cached' : seconds(ms)).padStart(7))}  `;
    const by = worker === undefined ? [] : [colors.dim(`on ${printable(worker)}${attempt > 1 ? ` at try ${attempt}` : ''}`)];
    wrap(first, [...by, ...outputParts(withClassName({ path: stage, output }, outputs()))], 27);
    const again = repeated.get(stage) ?? 0;
    if (again > 0) wrap(`${colors.yellow('!')} `, [`${printable(stage)}: warned as above ${again === 1 ? 'once' : `${again} times`} more`]);
  }
}
