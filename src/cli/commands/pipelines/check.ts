// `pipeline check`: every mistake that can be found without data, at the user's lines; `run` refuses the same ones.
import { relative } from 'node:path';
import type { Command } from 'commander';
import type { PipelineError } from '../../../core/errors/errors.ts';
import { errorSummary } from '../../../core/events.ts';
import { causesOf } from '../../../core/errors/thrown.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import { jsonLine } from '../../../report/json.ts';
import { errorLines } from '../../../report/terminal/error.ts';
import { factsLine } from '../../../report/terminal/facts.ts';
import { printable } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrapped } from '../../../report/terminal/table.ts';
import type { CodeDigests } from '../../../runtime/keys/identity.ts';
import { checkFile, type CheckedFile } from '../../load/checkFile.ts';
import { codeNotes } from '../../load/declarations.ts';
import { codeOf, loadPipeline, type LoadedPipeline } from '../../load/load.ts';
import { fromStart } from '../../../runtime/node/directories.ts';
import { addParamOptions, givenParams } from '../../params.ts';

/** A file with mistakes is a usage error, whatever they are. */
const REFUSED = 2;

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .description(
      'Checks types, order, parameters, shapes, roles and classes of the pipeline that FILE exports, and compiles its own shaders. Reads no data, and opens a device only to compile those shaders.',
    )
    .option('--adapter <name>', 'as for run; it must be there, its limits are checked, and it compiles shaders')
    .option('--json', 'one JSON object per line on stdout, the last of type check-finished');
  addParamOptions(command).action(async (name: string, { adapter, json }: { readonly adapter?: string; readonly json?: boolean }) => {
    const checked = await checkFile(name, { adapter, code: codeOf(name), configure: givenParams(command) });
    if (checked.problems.length > 0) process.exitCode = REFUSED;
    if (json) {
      showJson(checked.problems, checked.notes);
      const stages = [...checked.facts].map(([{ path }, facts]) => ({ stage: path, facts }));
      const status = checked.problems.length === 0 ? 'ok' : 'failed';
      process.stdout.write(`${JSON.stringify({ type: 'check-finished', status, pipeline: checked.pipeline?.name ?? null, stages })}\n`);
      return;
    }
    showText(checked);
    if (checked.problems.length === 0) showStages(checked);
  });
}

/** What `run` may run: undefined where `check` finds a mistake, which is then shown as a failed run is. */
export async function loadChecked(
  name: string,
  { adapter, json, check }: { readonly adapter?: string; readonly json?: boolean; readonly check: boolean },
  code: CodeDigests | undefined,
  configure: (pipeline: Pipeline) => Pipeline,
): Promise<LoadedPipeline | undefined> {
  if (!check) {
    const loaded = await loadPipeline(name);
    const pipeline = configure(loaded.pipeline);
    const said = await codeNotes(pipeline.graph, code);
    if (json) showJson([], said);
    else showNotes(said);
    return { ...loaded, pipeline };
  }
  const started = performance.now();
  const { pipeline, file, problems, notes } = await checkFile(name, { adapter, beforeRun: true, code, configure });
  const refused = problems.length > 0;
  if (json) {
    showJson(problems, notes);
    const ms = performance.now() - started;
    if (refused) process.stdout.write(`${jsonLine({ type: 'run-finished', status: 'failed', ms, outputs: {}, error: errorSummary(problems[0]) })}\n`);
  } else {
    const style = terminalStyle(process.stderr, process.env);
    for (const line of problems.flatMap((problem) => errorLines(errorSummary(problem), style))) process.stderr.write(`${line}\n`);
    showNotes(refused && pipeline ? [...notes, 'Nothing ran; --no-check runs it anyway.'] : notes);
  }
  if (pipeline && !refused) return { pipeline, file };
  process.exitCode = REFUSED;
  return undefined;
}

function showNotes(notes: readonly string[]): void {
  const { colors, width } = terminalStyle(process.stderr, process.env);
  for (const note of notes) for (const line of wrapped('  ', 2, [printable(note)], width)) process.stderr.write(`${colors.dim(line)}\n`);
}

function showJson(problems: readonly PipelineError[], notes: readonly string[]): void {
  for (const message of notes) process.stdout.write(`${JSON.stringify({ type: 'note', message })}\n`);
  for (const problem of problems) process.stdout.write(`${JSON.stringify({ type: 'problem', ...errorSummary(problem) })}\n`);
}

/** One line for each problem and one for its cure. */
function showText({ problems, notes }: CheckedFile): void {
  const { colors, width } = terminalStyle(process.stderr, process.env);
  const say = (first: string, text: string): void => void process.stderr.write(`${wrapped(first, 4, [printable(text)], width).join('\n')}\n`);
  showNotes(notes);
  for (const problem of problems) {
    say(`${colors.cyan(placeOf(problem))}${colors.bold(problem.code)}  `, problem.message);
    if (problem.stageAt) process.stderr.write(`  stage '${printable(problem.stage ?? '')}' at ${placeOf({ at: problem.stageAt }).trimEnd()}\n`);
    for (const cause of causesOf(problem)) say('  because: ', cause);
    if (problem.hint !== undefined) say(`  ${colors.green('try:')} `, problem.hint);
  }
}

/** `file:line:column  `, from the current folder where the file is in it. */
function placeOf({ at }: Pick<PipelineError, 'at'>): string {
  if (!at) return '';
  const inside = relative(fromStart('.'), at.file);
  return `${inside.startsWith('..') ? at.file : inside}:${at.line}:${at.column}  `;
}

function showStages({ pipeline, facts }: CheckedFile): void {
  const { colors, width } = terminalStyle(process.stdout, process.env);
  process.stdout.write(`${colors.bold(printable(pipeline!.name))}\n`);
  for (const [{ path }, provided] of facts)
    process.stdout.write(`${wrapped(`  ${printable(path).padEnd(15)} `, 18, factsLine(provided).split(', '), width).join('\n')}\n`);
  process.stdout.write(`${colors.green('ok')}\n`);
}
