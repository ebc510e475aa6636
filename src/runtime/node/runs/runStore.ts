// Records of runs on disk: a folder each, with every event as it happened and one file that sums them up. A record is a
// by-product: what goes wrong with it is said once and never fails a run. A run waits for its record and for those before, so they are
// read and written at once: hundreds of small files wait longer for their turn than they take.
import { reasonOf } from '../../../core/errors/errors.ts';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { fromBase64 } from '../../../core/encoding/base64.ts';
import type { RunEvent } from '../../../core/events.ts';
import { RECORD_SCHEMA, type RunFacts, type RunRecord } from '../../../core/runRecord.ts';
import { writeWholeNow } from '../files/cacheFolder.ts';
import { fromStart } from '../directories.ts';
import { processMark } from './processMark.ts';
import { isRunRecord } from './recordShape.ts';

/** Runs that are kept; older ones go when a run begins. */
const KEPT_RUNS = 200;
const ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** Where runs are recorded: `PIPELINE_RUNS`, else `.pipeline/runs` in the folder where the process was started. */
export function runsDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return fromStart(env['PIPELINE_RUNS'] || join('.pipeline', 'runs'));
}

export interface RunRecorder {
  readonly id: string;
  /** Appends an event; it is in the file when this returns. */
  append(line: string): void;
  /** Writes the last word. */
  finish(facts: RunFacts): Promise<void>;
}

/**
 * Begins a record: a folder of its own in {@link runsDirectory}.
 *
 * @param warn told once why runs are not recorded, if they are not
 */
export async function startRecord(facts: RunFacts, warn: (message: string) => void): Promise<RunRecorder> {
  const folder = runsDirectory();
  const now = new Date();
  const head = { schema: RECORD_SCHEMA, id: idOf(now), started: now.toISOString(), pid: process.pid, process: processMark(process.pid), machine: machine() };
  const own = join(folder, head.id);
  let nth: number | undefined;
  let events: number | undefined;
  let failed = false;
  const attempt = (work: () => void): void => {
    if (failed) return;
    try {
      work();
    } catch (error) {
      failed = true;
      warn(`This run is not recorded in ${folder}: ${reasonOf(error)}`);
    }
  };
  const write = (facts: RunFacts, last: boolean): void =>
    attempt(() => writeWholeNow(own, 'run.json', JSON.stringify({ ...head, nth, ...facts }, undefined, 1), last));
  attempt(() => {
    mkdirSync(folder, { recursive: true });
    nth = nextNumber(folder);
    dropOldest(folder);
    mkdirSync(own);
    events = openSync(join(own, 'events.jsonl'), 'a');
  });
  write(facts, false);
  return {
    id: head.id,
    append: (line) => attempt(() => void (events !== undefined && writeSync(events, `${line}\n`))),
    finish: async (facts) => {
      if (events !== undefined) closeSync(events);
      events = undefined;
      write(facts, true);
    },
  };
}

/**
 * Records in order of their start, oldest first. What is no record, or of another schema, is left out.
 *
 * @param tells whether the text of a record may tell what is asked for: reading them takes longer than their text
 */
export async function readRecords(folder = runsDirectory(), tells?: (text: string) => boolean): Promise<readonly RunRecord[]> {
  return recordsIn(folder, tells);
}

function recordsIn(folder: string, tells?: (text: string) => boolean): readonly RunRecord[] {
  return inOrder(idsIn(folder).flatMap((id) => recordIn(folder, id, tells) ?? []));
}

/** Oldest first. Clocks go wrong: what counts is the number. Records without one are older, and of those from the future nobody knows. */
export function inOrder<R extends Pick<RunRecord, 'nth' | 'started'>>(records: readonly R[]): readonly R[] {
  const now = new Date().toISOString();
  const rank = ({ nth = 0, started }: R): readonly [number, string] => [nth, nth === 0 && started > now ? '' : started];
  return records
    .map((record) => ({ record, rank: rank(record) }))
    .toSorted(({ rank: [a, at] }, { rank: [b, bt] }) => a - b || (at < bt ? -1 : at > bt ? 1 : 0))
    .map(({ record }) => record);
}

/** Names of the folders that runs are recorded in. */
export async function runIds(folder = runsDirectory()): Promise<readonly string[]> {
  return idsIn(folder);
}

function idsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isRunId);
  } catch {
    return [];
  }
}

/** Whether a text is the whole id of a run, though there may be no such run. */
export function isRunId(text: string): boolean {
  return ID.test(text);
}

/** The events of a run, as far as it came. */
export async function readEvents(id: string, folder = runsDirectory()): Promise<readonly RunEvent[]> {
  const text = await readFile(join(folder, id, 'events.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line, (key, value: unknown) => (key === 'pixels' && typeof value === 'string' ? fromBase64(value) : value)) as RunEvent];
    } catch {
      return []; // the last line of a run that was killed
    }
  });
}

/** One record; undefined where there is none, or something else. */
export async function readRecord(id: string, folder = runsDirectory()): Promise<RunRecord | undefined> {
  return recordIn(folder, id);
}

function recordIn(folder: string, id: string, tells = (_text: string): boolean => true): RunRecord | undefined {
  try {
    const text = readFileSync(join(folder, id, 'run.json'), 'utf8');
    const run: unknown = tells(text) ? JSON.parse(text) : undefined;
    if (!isRunRecord(run) || run.id !== id) return undefined;
    return run.status === 'running' && !isAlive(run) ? { ...run, status: 'interrupted' } : run;
  } catch {
    return undefined;
  }
}

/** Whether a run's process is still there, and not another one that was given its number. */
function isAlive({ pid, process: mark, machine }: RunRecord): boolean {
  if (machine.host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = processMark(pid);
  return mark === undefined || now === undefined || mark === now;
}

/** One more than the run before had. Where that is not noted, or the note was cut off, the records say it: reading all takes longer. */
function nextNumber(folder: string): number {
  const note = join(folder, 'last-number');
  const noted = existsSync(note) ? /^(\d+)\n$/.exec(readFileSync(note, 'utf8'))?.[1] : undefined;
  const last = noted === undefined ? recordsIn(folder).reduce((most, { nth = 0 }) => Math.max(most, nth), 0) : Number(noted);
  writeFileSync(note, `${last + 1}\n`);
  return last + 1;
}

/** Old records, and what is none: those make room first. Never a run that goes on. */
function dropOldest(folder: string): void {
  const there = idsIn(folder);
  if (there.length < KEPT_RUNS) return;
  const known = new Map(recordsIn(folder).map((record) => [record.id, record]));
  const names = [...there.filter((name) => !known.has(name)), ...known.keys()];
  for (const name of names.slice(0, Math.max(0, names.length - KEPT_RUNS + 1))) {
    if (known.get(name)?.status === 'running') continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function idOf(now: Date): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(2).toString('hex')}`;
}

function machine(): RunRecord['machine'] {
  return { host: hostname(), cpu: cpus()[0]?.model.trim() ?? 'unknown', node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}
