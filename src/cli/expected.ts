// How long a run may take, told before it begins: people who wait for minutes on a slow adapter want to know. A guess from what the
// same stages took when they last ran, and nothing where none of them did.
import { lastDurations, type RunRecord } from '../core/runRecord.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { planOf, type PlanOptions } from '../runtime/keys/plan.ts';

/** Less is not worth a word. */
const LONG_MS = 60_000;

/**
 * What to say of a run that takes minutes: by runs of the same file with the same parameters, on the same adapter.
 *
 * @throws what a plan does
 */
export async function expectedTime(pipeline: Pipeline, file: string, records: readonly RunRecord[], options: PlanOptions): Promise<string | undefined> {
  const params = new Map(pipeline.graph.nodes.map(({ path, stage }) => [path, JSON.stringify(stage.spec.params)]));
  const alike = records.filter((record) => record.file === file && JSON.stringify(record.params) === JSON.stringify(pipeline.params));
  const same = alike.map((record) => ({ ...record, stages: record.stages.filter((stage) => params.get(stage.path) === JSON.stringify(stage.params)) }));
  if (sum([...lastDurations(same, file).values()]) < LONG_MS) return undefined; // most runs: nothing is planned for them
  const here = JSON.stringify(await options.adapter?.());
  const durations = lastDurations(
    same.filter(({ adapter }) => adapter === undefined || JSON.stringify(adapter) === here),
    file,
  );
  const runs = (await planOf(pipeline, options)).filter(({ does }) => does === 'runs' || does === 'waits');
  const known = runs.flatMap(({ node }) => durations.get(node.path) ?? []);
  if (sum(known) < LONG_MS) return undefined;
  const of = known.length === runs.length ? 'its stages' : `${known.length} of its ${runs.length} stages`;
  return `about ${Math.round(sum(known) / 60_000)} min, an estimate: what ${of} took when they last ran`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
