// `pipeline report`: a recorded run as one HTML file that needs nothing else.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { GraphDescription } from '../../../report/graph/description.ts';
import { svgText } from '../../../report/graph/svg.ts';
import { seconds } from '../../../report/terminal/format.ts';
import type { RunEvent } from '../../../core/events.ts';
import type { RecordedStage, RunRecord } from '../../../core/runRecord.ts';
import { evidenceOf } from '../../../report/html/data.ts';
import { writeWhole } from '../../../runtime/node/files/cacheFolder.ts';
import { fromStart } from '../../../runtime/node/directories.ts';
import { readEvents } from '../../../runtime/node/runs/runStore.ts';
import { recordOf } from './runs.ts';
import { basename, dirname } from 'node:path';

export function addReport(program: Command): void {
  program
    .command('report')
    .argument('[run]', 'id of a run or a prefix of one; last, last~1', 'last')
    .description('Writes one self-contained HTML file: graph, scores, losses, curves, confusion, weights, mistakes, provenance.')
    .option('--out <file>', 'the file to write', 'report.html')
    .action(async (id: string, { out }: { readonly out: string }) => {
      await writeReport(await recordOf(id), out);
      process.stdout.write(`${fromStart(out)}\n`);
    });
}

/** @throws E_USAGE when no file can be written there: said before a long run rather than behind it */
export function checkWritable(file: string): void {
  const path = fromStart(file);
  refuseOther(path);
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(`${folder}/`, constants.W_OK); // with a slash it fails for a file, too
  } catch (cause) {
    throw notWritable(fromStart(file), cause);
  }
}

/** A report replaces a report and nothing else: a name that was meant for another option may be a user's own file. */
function refuseOther(file: string): void {
  if (!existsSync(file)) return;
  const there = statSync(file);
  if (there.isFile() && /\.html?$/i.test(file)) return;
  throw new PipelineError('E_USAGE', `The report cannot be written to ${file}: ${there.isFile() ? 'a file that is not a report' : 'a folder'} is there.`, {
    hint: 'Name a file that ends in .html.',
  });
}

/** Writes the report whole or not at all. @throws E_USAGE when the file cannot be written */
export async function writeReport(run: RunRecord, file: string): Promise<void> {
  const path = fromStart(file);
  refuseOther(path);
  const page = new TextEncoder().encode(await reportOf(run));
  await writeWhole(dirname(path), basename(path), page).catch((cause: unknown) => {
    throw notWritable(path, cause);
  });
}

function notWritable(path: string, cause: unknown): PipelineError {
  return new PipelineError('E_USAGE', `The report cannot be written to ${path}: ${reasonOf(cause)}`, {
    cause,
    hint: 'Name a file in a folder that you can write to.',
  });
}

/** The report of a run as HTML; of one that goes on, as far as it came. */
export async function reportOf(run: RunRecord): Promise<string> {
  const asset = (name: string): Promise<string> => readFile(new URL(`../../../report/html/${name}`, import.meta.url), 'utf8');
  const [style, script, events] = await Promise.all([asset('report.css'), asset('report.js'), readEvents(run.id)]);
  // It brings what draws charts, which runs without a report can do without.
  const { reportPage } = await import('../../../report/html/page.ts');
  const now = run.status === 'running' ? soFar(run, events) : run;
  return reportPage({ run: now, evidence: evidenceOf(events), graph: drawn(now), style, script });
}

/** What the record of a run will say when it is over, as far as its events tell. */
function soFar(run: RunRecord, events: readonly RunEvent[]): RunRecord {
  const finished = new Map(events.flatMap((event) => (event.type === 'stage-finished' ? [[event.stage, event]] : [])));
  const adapter = events.findLast((event) => event.type === 'adapter-ready')?.adapter;
  const stages = run.stages.map((stage): RecordedStage => {
    const event = finished.get(stage.path);
    return event ? { ...stage, status: event.cached ? 'cached' : 'ran', ms: event.ms, output: event.output } : stage;
  });
  return { ...run, adapter, stages };
}

/** The graph as it was when the run began, with what became of each stage; none where the record has none, or one that is no graph. */
function drawn({ graph, stages }: RunRecord): string | undefined {
  const became = new Map(stages.map(({ path, status, ms }) => [path, status === 'ran' && ms !== undefined ? seconds(ms) : status]));
  const failed = new Set(stages.flatMap(({ path, status }) => (status === 'failed' ? [path] : [])));
  try {
    const described = graph as GraphDescription | undefined;
    const nodes = described?.nodes.map((node) => ({ ...node, failed: failed.has(node.path), params: [became.get(node.path) ?? '', ...node.params] }));
    return described && svgText({ ...described, nodes: nodes! });
  } catch {
    return undefined;
  }
}
