// The live part of the terminal: a table of the stages that are not over yet. Here is what it knows and how it looks; the
// reporter decides when it is drawn.
import type { ModelProgress, RunEvent } from '../../core/events.ts';
import { shareOf } from '../../core/progress.ts';
import { bytes, number, printable, seconds, workParts } from './format.ts';
import type { TerminalStyle } from './style.ts';
import { tableLines, widthOf } from './table.ts';

type Progress = Extract<RunEvent, { type: 'progress' }>;
type FitProgress = Extract<RunEvent, { type: 'fit-progress' }>;

interface Running {
  readonly started: number;
  progress?: Progress;
  /** When what is counted began to be. */
  since: number;
  fit?: FitProgress;
  /** The longest its bar has been: a forecast may grow, a bar never shrinks within one task. */
  longest: number;
  /** Where each model was when its gradient was first known. */
  readonly first: Map<string, { readonly at: number; readonly gradient: number }>;
}

export interface LiveTable {
  see(event: RunEvent): void;
  /** At most `height` lines, none longer than the terminal is wide. */
  lines(height: number): readonly string[];
}

const BAR_CELLS = 12;

/**
 * @param durations ms that stages took when they last ran, by path
 * @param clock ms
 */
export function liveTable(
  { colors, columns }: TerminalStyle,
  durations: ReadonlyMap<string, number> = new Map(),
  clock = (): number => performance.now(),
): LiveTable {
  const waiting = new Set<string>();
  const running = new Map<string, Running>();
  const begun = (stage: string): Running => {
    const known = running.get(stage);
    if (known) return known;
    const now = clock();
    const begins: Running = { started: now, since: now, longest: 0, first: new Map() };
    waiting.delete(stage);
    running.set(stage, begins);
    return begins;
  };
  const row = (stage: string, one: Running, now: number): readonly string[] => {
    const elapsed = now - one.started;
    const left = timeLeft(one, durations.get(stage), now);
    const done = one.progress?.total ? partOf(one.progress) : left === undefined ? undefined : elapsed / (elapsed + left);
    // Stopping early makes every forecast of a fit a guess, and a download's rate changes.
    const eta = left === undefined ? '' : `~${seconds(left)} left`;
    return [`${colors.cyan('▸')} ${printable(stage)}`, done === undefined ? '' : bar((one.longest = Math.max(one.longest, done))), seconds(elapsed), eta];
  };
  return {
    see(event) {
      if (event.type === 'run-started') event.stages.forEach((stage) => waiting.add(stage));
      if (event.type === 'stage-started') begun(event.stage);
      // A cached stage may run again to bring its values back: it shows up here once more.
      if (event.type === 'progress') {
        const one = begun(event.stage);
        if (one.progress && (one.progress.task !== event.task || one.progress.unit !== event.unit)) [one.longest, one.since] = [0, clock()];
        one.progress = event;
      }
      if (event.type === 'fit-progress') {
        const one = begun(event.stage);
        one.fit = event;
        for (const { model, gradient } of event.models) if (gradient > 0 && !one.first.has(model)) one.first.set(model, { at: clock(), gradient });
      }
      if (event.type === 'stage-finished' || event.type === 'stage-restored') {
        waiting.delete(event.stage);
        running.delete(event.stage);
      }
    },
    lines(height) {
      const now = clock();
      const rows: (readonly string[])[] = [
        ...[...running].map(([stage, one]) => row(stage, one, now)),
        ...[...waiting].map((stage) => [colors.dim(`  ${printable(stage)}`)]),
      ];
      const hidden = rows.length - height;
      if (hidden > 0) rows.splice(height - 1, rows.length, [colors.dim(`  ${hidden + 1} more`)]);
      // Whole parts of what a stage is doing, as many as fit behind the columns.
      const lead = Math.max(0, ...tableLines(rows.map((cells) => [...cells, '|'])).map(widthOf)) - 1;
      const parts = [...running.values()].map(partsOf);
      return tableLines(
        rows.map((cells, i) => [...cells, cells.length > 1 ? fitting(parts[i] ?? [], columns - lead) : '']),
        columns,
      );
    },
  };
}

/** Ms until a stage may be over, as far as anything tells. */
function timeLeft({ started, since, progress, fit, first }: Running, lastMs: number | undefined, now: number): number | undefined {
  if (lastMs !== undefined && lastMs > now - started) return lastMs - (now - started);
  const done = progress?.total ? partOf(progress) : 0;
  // Of several models that are solved, each is one of those that are counted.
  if (fit && progress?.task !== 'work') return fitLeft(fit, first, now);
  return done > 0 ? ((now - since) * (1 - done)) / done : undefined;
}

/** Gradients fall by about the same factor in the same time; the model that is furthest from its end decides. */
function fitLeft({ models, tol }: FitProgress, first: Running['first'], now: number): number | undefined {
  const left = models.flatMap(({ model, gradient, done }) => {
    const from = first.get(model);
    if (done || !from || tol === undefined || !(gradient < from.gradient)) return [];
    return [((now - from.at) * Math.log(gradient / tol)) / Math.log(from.gradient / gradient)];
  });
  return left.length === 0 ? undefined : Math.max(0, ...left);
}

/** As many of the parts as have room, from the first. */
function fitting(parts: readonly string[], room: number): string {
  const counts = parts.map((_, i) => i + 1);
  return parts.slice(0, counts.findLast((count) => widthOf(parts.slice(0, count).join(', ')) <= room) ?? 0).join(', ');
}

function partOf({ done, total, within = [] }: Progress): number {
  return shareOf([{ done, total }, ...within]);
}

/** What a stage is doing: work within work from the outermost, and how models that are solved fare. */
function partsOf({ progress, fit }: Running): readonly string[] {
  if (progress?.task === 'work') return [...workParts(progress), ...(fit ? fitParts(fit) : []), ...noteOf(progress)];
  return fit ? fitParts(fit) : progress ? bytesParts(progress) : [];
}

function fitParts({ models, maxIter }: FitProgress): readonly string[] {
  const { loss, gradient }: ModelProgress = models[0]!;
  const iterations = Math.max(...models.map(({ iteration }) => iteration));
  return [
    `${number(iterations)}/${number(maxIter)} iterations`,
    ...(models.length > 1 ? [`${models.filter((model) => model.done).length}/${models.length} models`] : []),
    `loss ${number(loss)}`,
    ...(Number.isFinite(gradient) ? [`gradient ${gradient.toExponential(1)}`] : []),
  ];
}

function bytesParts(progress: Progress): readonly string[] {
  const { task, done, total } = progress;
  return [`${task} ${bytes(done)}${total === null ? '' : ` of ${bytes(total)}`}`, ...noteOf(progress)];
}

function noteOf({ note }: Pick<Progress, 'note'>): readonly string[] {
  return note === undefined ? [] : [printable(note)];
}

/** Full only when all is done. */
function bar(done: number): string {
  const filled = done >= 1 ? BAR_CELLS : Math.min(BAR_CELLS - 1, Math.round(done * BAR_CELLS));
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
}
