// `pipeline run --dry-run`: what each stage would do and why, without doing it.
import { DTYPES } from '../../../core/data/matrix.ts';
import { lastDurations, type RunRecord } from '../../../core/runRecord.ts';
import { datasetFact, modelFact, type DatasetFact, type Facts } from '../../../dsl/graph/facts.ts';
import type { GraphNode } from '../../../dsl/graph/graph.ts';
import { inferGraph } from '../../../dsl/graph/infer.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import { bytes, printable, seconds } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrappedTable } from '../../../report/terminal/table.ts';
import { lastRunOf, reason } from '../../../runtime/keys/explain.ts';
import { readRecords } from '../../../runtime/node/runs/runStore.ts';
import { planOf, type PlannedStage, type PlanOptions } from '../../../runtime/keys/plan.ts';

/** @param file of the pipeline, to find its recorded runs */
export async function dryRun(pipeline: Pipeline, file: string, options: PlanOptions, json: boolean | undefined): Promise<void> {
  const plan = await planOf(pipeline, options);
  const records = await readRecords();
  const durations = lastDurations(records, file);
  const { facts } = inferGraph(pipeline.graph);
  const stages = plan.map((stage) => {
    const { path } = stage.node;
    const why = whyOf(stage, plan, lastRunOf(records, file, path));
    return { stage: path, does: stage.does, why, until: stage.until, lastMs: durations.get(path), ...sizesOf(stage.node, facts) };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'plan', pipeline: pipeline.name, file, stages })}\n`);
    return;
  }
  const { colors, width } = terminalStyle(process.stdout, process.env);
  const size = (count: number | undefined): string => (count === undefined ? '' : `~${bytes(count)}`);
  const rows = stages.map(({ stage, does, lastMs, rowBytes, deviceBytes, why }) => [
    printable(stage),
    does,
    lastMs === undefined ? '' : `~${seconds(lastMs)}`,
    size(rowBytes),
    size(deviceBytes),
    printable(why),
  ]);
  const [head, ...lines] = wrappedTable([['stage', 'does', 'last took', 'rows', 'device', 'why'], ...rows], width);
  process.stdout.write(`${colors.dim(head!)}\n${lines.map((line) => `${line}\n`).join('')}`);
}

/** Bytes of the rows that a stage brings in, and of what a training has on the device; where facts tell. */
function sizesOf(node: GraphNode, facts: ReadonlyMap<GraphNode, Facts>): { readonly rowBytes?: number | undefined; readonly deviceBytes?: number | undefined } {
  const provided = facts.get(node)!;
  const { train } = node.inputs;
  const trained = train && 'node' in train ? bytesOf(datasetFact(facts.get(train.node)!, train.key), true) : undefined;
  const buffers = modelFact(provided, 'model')?.buffers;
  // Of the rows `buffers` holds what must be there at once; where there is room, all are.
  const { x: _, ...others } = buffers ?? {};
  return {
    rowBytes: node.stage.spec.needs.length === 0 ? bytesOf(datasetFact(provided, 'data')) : undefined,
    deviceBytes: buffers && trained && trained + Object.values(others).reduce((sum, one) => sum + one, 0),
  };
}

/** @param onDevice which has f32, whatever features but bytes came as */
function bytesOf(fact: DatasetFact | undefined, onDevice = false): number | undefined {
  if (fact?.rows === undefined || fact.cols === undefined || fact.dtype === undefined) return undefined;
  return fact.rows * fact.cols * (fact.dtype === 'u8' ? 1 : onDevice ? 4 : DTYPES[fact.dtype].BYTES_PER_ELEMENT);
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
