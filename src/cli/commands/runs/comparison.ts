// What a run that was made again has in common with its record: figures, and what decides them.
import type { AdapterSummary, Json } from '../../../core/events.ts';
import type { RunRecord } from '../../../core/runRecord.ts';
import { adapterText, apart, number, printable } from '../../../report/terminal/format.ts';
import type { TerminalStyle } from '../../../report/terminal/style.ts';
import { wrappedTable } from '../../../report/terminal/table.ts';
import { diffRuns, leaves } from '../../../runtime/runDiff.ts';

export interface Figure {
  readonly stage: string;
  /** Keys from the outside inwards, joined by dots. */
  readonly name: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface Comparison {
  readonly runs: readonly [string, string];
  /** Of this package. */
  readonly versions: readonly [string, string];
  readonly adapters: readonly [string | undefined, string | undefined];
  /** What else of stages is not as it was: code, inputs, parameters, as the keys of the cache name them; a run without the cache has none. */
  readonly parts: readonly { readonly stage: string; readonly part: string }[] | undefined;
  /** Stages that one of the runs has alone, or that it did not reach. */
  readonly missing: readonly string[];
  /** How many values were compared. */
  readonly figures: number;
  readonly differing: readonly Figure[];
  /** Absent where figures had to be equal bit for bit. */
  readonly tolerance?: number | undefined;
}

/** Counts of what the cache gave are no results. */
const OF_CACHE = /FromCache$/;

/** @param tolerance for figures of another adapter, a share of them, or of 1 for smaller ones */
export function comparison(record: RunRecord, again: RunRecord, tolerance: number): Comparison {
  const adapters = [nameOf(record), nameOf(again)] as const;
  const allowed = adapters[0] === adapters[1] ? undefined : tolerance;
  const outputs = new Map(again.stages.map(({ path, output }) => [path, output]));
  const all = record.stages.flatMap(({ path, output }): readonly Figure[] => {
    const now = outputs.get(path);
    if (!output || !now) return [];
    const [before, after] = [leaves(output), leaves(now)];
    const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !OF_CACHE.test(name.split('.')[0]!));
    return names.map((name) => ({ stage: path, name, before: before.get(name), after: after.get(name) }));
  });
  const paths = [...new Set([...record.stages, ...again.stages].map(({ path }) => path))];
  return {
    runs: [record.id, again.id],
    versions: [record.version, again.version],
    adapters,
    parts: record.stages.every(({ parts }) => !parts)
      ? undefined
      : diffRuns(record, again).stages.flatMap(({ path, params, parts }) => [
          ...params.map(({ name }) => ({ stage: path, part: `param ${name}` })),
          ...parts.map(({ part }) => ({ stage: path, part })),
        ]),
    missing: paths.filter((path) => !outputs.get(path) || !record.stages.find((stage) => stage.path === path)?.output),
    figures: all.length,
    differing: all.filter(({ before, after }) => !isEqual(before, after, allowed)),
    tolerance: allowed,
  };
}

function isEqual(before: Json | undefined, after: Json | undefined, tolerance: number | undefined): boolean {
  if (tolerance === undefined || typeof before !== 'number' || typeof after !== 'number') return Object.is(before, after);
  return Math.abs(before - after) <= tolerance * Math.max(1, Math.abs(before), Math.abs(after));
}

/** Where the results of a run were computed, first of all those that came from the cache. */
export function adapterOf({ stages, adapter }: RunRecord): AdapterSummary | undefined {
  return stages.map(({ computed }) => computed?.adapter).find((one) => one !== undefined) ?? adapter;
}

function nameOf(record: RunRecord): string | undefined {
  const adapter = adapterOf(record);
  return adapter && adapterText(adapter);
}

/** Most figures and parts that are told one by one. */
const MOST_TOLD = 12;

export function comparisonLines(
  { runs, versions, adapters, parts, missing, figures, differing, tolerance }: Comparison,
  style: TerminalStyle,
): readonly string[] {
  const { colors, width } = style;
  const both = ([before, after]: readonly [string | undefined, string | undefined]): string =>
    before === after ? `${before ?? 'none used'}, as then` : `${after ?? 'none used'}; then ${before ?? 'none used'}`;
  const told = (texts: readonly string[]): string =>
    [...texts.slice(0, MOST_TOLD), ...(texts.length > MOST_TOLD ? [`${texts.length - MOST_TOLD} more`] : [])].map(printable).join(', ');
  const how = tolerance === undefined ? 'bit for bit' : `within ${tolerance}, as the adapter is another one`;
  const rows = [
    ['package', both(versions)],
    ['adapter', printable(both(adapters))],
    [
      'code, data',
      !parts ? 'not recorded, as that run was without the cache' : parts.length === 0 ? 'as then' : told(parts.map(({ stage, part }) => `${stage}: ${part}`)),
    ],
    ...(missing.length > 0 ? [['not compared', told(missing)]] : []),
    ['figures', `${number(figures - differing.length)} of ${number(figures)} equal, ${how}`],
    ...differing.slice(0, MOST_TOLD).map(({ stage, name, before, after }) => ['', `${printable(`${stage}.${name}`)}: ${apart(before, after).join(' -> ')}`]),
    ...(differing.length > MOST_TOLD ? [['', `${number(differing.length - MOST_TOLD)} more`]] : []),
  ];
  return ['', colors.bold(`Run ${runs[0]} again, as ${runs[1]}`), ...wrappedTable(rows, width - 2).map((line) => `  ${line}`)];
}
