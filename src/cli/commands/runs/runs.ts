// `pipeline runs`: the recorded runs, one of them, or what differs between two.
import type { Command } from 'commander';
import { PipelineError } from '../../../core/errors/errors.ts';
import { distance } from '../../../core/errors/didYouMean.ts';
import { mainScore, type RunRecord, type RunStatus } from '../../../core/runRecord.ts';
import { errorLines } from '../../../report/terminal/error.ts';
import { adapterText, apart, number, outputLine, printable, scoreNumber, seconds, words } from '../../../report/terminal/format.ts';
import { resultRows, withClassName } from '../../../report/terminal/closing.ts';
import { terminalStyle, type TerminalStyle } from '../../../report/terminal/style.ts';
import { fittingColumns, wrapped, wrappedTable } from '../../../report/terminal/table.ts';
import { isRunId, readRecord, readRecords, runsDirectory } from '../../../runtime/node/runs/runStore.ts';
import { diffRuns, type Change, type RunDiff, type StageDiff } from '../../../runtime/runDiff.ts';

interface Options {
  readonly json?: boolean;
}

const ID_HELP = 'id of a run or a prefix of one; last, or last~1 for the one before';

export function addRuns(program: Command): void {
  const runs = program
    .command('runs')
    .description('Lists the runs recorded in .pipeline/runs (env PIPELINE_RUNS).')
    .option('--json', 'one record per line, as JSON')
    .action(async ({ json }: Options) => print(await readRecords(), json, listLines));
  runs
    .command('show')
    .argument('[id]', ID_HELP, 'last')
    .summary('show one run')
    .description('Shows one run: its results, its parameters, the machine, and what each stage did.')
    .option('--json', 'the record as JSON')
    .action(async (id: string, _own: Options, command: Command) =>
      print([await recordOf(id)], command.optsWithGlobals<Options>().json, ([run], style) => showLines(run!, style)),
    );
  runs
    .command('diff')
    .argument('<a>', ID_HELP)
    .argument('<b>', ID_HELP)
    .summary('compare two runs')
    .description('Compares two runs: parameters, results, times and what made them differ.')
    .option('--json', 'one JSON object')
    .action(async (a: string, b: string, _own: Options, command: Command) =>
      print([diffRuns(await recordOf(a), await recordOf(b))], command.optsWithGlobals<Options>().json, ([diff], style) => diffLines(diff!, style)),
    );
}

function print<T>(found: readonly T[], json: boolean | undefined, lines: (found: readonly T[], style: TerminalStyle) => readonly string[]): void {
  const style = terminalStyle(process.stdout, process.env);
  for (const line of json ? found.map((one) => JSON.stringify(one)) : lines(found, style)) process.stdout.write(`${line}\n`);
}

/** The run that an id, the beginning of one, `last` or `last~1` means. @throws E_USAGE naming the nearest ids */
export async function recordOf(id: string): Promise<RunRecord> {
  // Reading one takes no time; reading all may.
  const named = isRunId(id) ? await readRecord(id) : undefined;
  if (named) return named;
  const records = await readRecords();
  const back = /^last(?:~(\d+))?$/.exec(id);
  const found = records.filter((record, i) => (back ? i === records.length - 1 - Number(back[1] ?? 0) : record.id.startsWith(id)));
  if (found.length === 1) return found[0]!;
  const near = (found.length > 0 || !/^(last|\d)/.test(id) ? found : records.toSorted((a, b) => distance(id, a.id) - distance(id, b.id)))
    .slice(0, 3)
    .map((record) => record.id);
  throw new PipelineError('E_USAGE', found.length > 0 ? `${found.length} runs begin with '${id}'.` : `No run '${id}' in ${runsDirectory()}.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : records.length > 0
          ? '`pipeline runs` lists them.'
          : 'Run a pipeline first: `pipeline run FILE`.',
  });
}

function listLines(records: readonly RunRecord[], { colors, width }: TerminalStyle): readonly string[] {
  if (records.length === 0) return ['No runs are recorded here yet.'];
  const rows = records.toReversed().map((record) => {
    const score = mainScore(record);
    const count = (status: string): string => String(record.stages.filter((stage) => stage.status === status).length);
    return [
      record.id,
      printable(record.pipeline),
      statusText(record.status, colors),
      score ? `${words(score.name)} ${scoreNumber(score.value)}` : '',
      ago(record.started),
      time(record.ms),
      count('ran'),
      count('cached'),
    ];
  });
  const [head, ...lines] = fittingColumns([['id', 'pipeline', 'status', 'score', 'when', 'took', 'ran', 'cached'], ...rows], 4, width);
  return [colors.dim(head!), ...lines];
}

function showLines(run: RunRecord, style: TerminalStyle): readonly string[] {
  const { colors, width } = style;
  const { adapter, machine, error, params = {} } = run;
  const rows = run.stages.map(({ path, status, ms, output }) => [
    printable(path),
    status === 'failed' ? colors.red(status) : status,
    time(ms),
    outputLine(withClassName({ path, output }, run.stages)),
  ]);
  const line = (name: string, text: string): readonly string[] => wrapped(`  ${name.padEnd(9)}`, 11, [printable(text)], width);
  const results = resultRows(run.stages).map(([path, text]) => [colors.dim(path), text]);
  return [
    `${colors.bold(run.id)}  ${printable(run.pipeline)}  ${statusText(run.status, colors)}${run.exitCode === undefined ? '' : `, exit code ${run.exitCode}`}`,
    ...wrappedTable(results, width - 2).map((text) => `  ${text}`),
    ...line('file', run.file),
    ...line('started', `${run.started}, took ${time(run.ms)}, seed ${run.seed ?? '-'}`),
    ...(Object.keys(params).length > 0 ? line('params', outputLine(params)) : []),
    ...line('machine', `${machine.cpu}, ${machine.platform}, Node ${machine.node}, pipeline-gpu ${run.version}`),
    ...(adapter ? line('adapter', adapterText(adapter)) : []),
    ...wrappedTable(rows, width - 2).map((text) => `  ${text}`),
    ...(error ? errorLines(error, style) : []),
  ];
}

function diffLines({ runs, pipelines, ms, params, stages }: RunDiff, { colors, width }: TerminalStyle): readonly string[] {
  const name = (i: 0 | 1): string => `${runs[i]} (${printable(pipelines[i])}, ${time(ms[i])})`;
  const table = (rows: readonly (readonly string[])[]): readonly string[] => wrappedTable(rows, width - 2).map((line) => `  ${line}`);
  const lines = stages.flatMap((stage) => {
    const changes = changeRows(stage);
    const same = changes.length === 0 && stage.status[0] === stage.status[1];
    if (same) return [];
    const [one, other] = stage.status;
    if (one === 'absent' || other === 'absent')
      return [`${colors.bold(printable(stage.path))}  ${colors.dim(`only in ${one === 'absent' ? 'the second' : 'the first'}`)}`];
    return [`${colors.bold(printable(stage.path))}  ${colors.dim(`${stage.status.join(' -> ')}, ${stage.ms.map(time).join(' -> ')}`)}`, ...table(changes)];
  });
  const all = [...table(params.map((change) => changeRow('param', change))), ...lines];
  return [...wrapped('', 2, [`${name(0)} -> ${name(1)}`], width), ...(all.length > 0 ? all : ['  nothing differs but time'])];
}

function changeRow(kind: string, { name, before, after, differing }: Change): readonly string[] {
  const [a, b] = apart(before, after, kind === 'param');
  if (differing !== undefined) return [kind, printable(name), `${differing} values differ${before === after ? ` (${a})` : `: ${a} -> ${b}`}`];
  const grown = kind === 'output' && typeof before === 'number' && typeof after === 'number' ? ` (${after > before ? '+' : ''}${number(after - before)})` : '';
  return [kind, printable(name), `${a} -> ${b}${grown}`];
}

function changeRows({ params, parts, outputs }: StageDiff): readonly (readonly string[])[] {
  const short = (value: string | undefined): string | undefined => (value !== undefined && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value);
  return [
    ...params.map((change) => changeRow('param', change)),
    ...parts.map(({ part, before, after }) => changeRow('key', { name: part, before: short(before), after: short(after) })),
    ...outputs.map((change) => changeRow('output', change)),
  ];
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : seconds(ms);
}

function statusText(status: RunStatus, colors: TerminalStyle['colors']): string {
  return status === 'ok' ? colors.green(status) : status === 'running' ? colors.cyan(status) : colors.red(status);
}

/** How long ago, in the largest unit that fits. */
function ago(started: string): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const past = (Date.now() - Date.parse(started)) / 1000;
  if (past < -60) return 'in the future';
  const unit = units.find(([, size]) => past >= size);
  return unit ? `${Math.floor(past / unit[1])} ${unit[0]} ago` : 'just now';
}
