// `pipeline run --dry-run`: what each stage would do and why, without doing it.
import { lastDurations, type RunRecord } from '../core/runRecord.ts';
import type { Pipeline } from '../dsl/pipeline.ts';
import { seconds } from '../report/terminal/format.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { tableLines } from '../report/terminal/table.ts';
import { lastRunOf, reason } from '../runtime/explain.ts';
import { readRecords } from '../runtime/node/runStore.ts';
import { planOf, type PlannedStage, type PlanOptions } from '../runtime/plan.ts';

/** @param file of the pipeline, to find its recorded runs */
export async function dryRun(pipeline: Pipeline, file: string, options: PlanOptions, json: boolean | undefined): Promise<void> {
  const plan = await planOf(pipeline, options);
  const records = await readRecords();
  const durations = lastDurations(records, file);
  const stages = plan.map((stage) => {
    const { path } = stage.node;
    return { stage: path, does: stage.does, why: whyOf(stage, plan, lastRunOf(records, file, path)), until: stage.until, lastMs: durations.get(path) };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'plan', pipeline: pipeline.name, file, stages })}\n`);
    return;
  }
  const { colors, terminal, columns } = terminalStyle(process.stdout, process.env);
  const rows = stages.map(({ stage, does, why, lastMs }) => [stage, does, lastMs === undefined ? '' : `~${seconds(lastMs)}`, why]);
  const [head, ...lines] = tableLines([['stage', 'does', 'last took', 'why'], ...rows], terminal ? columns : Infinity);
  process.stdout.write(`${colors.dim(head!)}\n${lines.map((line) => `${line}\n`).join('')}`);
}

function whyOf(stage: PlannedStage, plan: readonly PlannedStage[], record: RunRecord | undefined): string {
  switch (stage.does) {
    case 'cached':
      return '';
    case 'missing':
      return 'not in the cache, and this run may not compute it';
    case 'waits':
      return `unknown until ${stage.until.join(', ')} ran`;
    case 'runs':
      return reason(stage, plan, record);
  }
}
