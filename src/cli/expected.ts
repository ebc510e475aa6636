// How long a run may take, told before it begins: people who wait for minutes on a slow adapter want to know. By what the same stages
// took when they last ran here; on a software adapter by a guess for those that never did; and nothing where neither says much.
import { availableParallelism } from 'node:os';
import { lastDurations, type RunRecord } from '../core/runRecord.ts';
import { inferGraph } from '../dsl/graph/infer.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { planOf, type PlanOptions } from '../runtime/keys/plan.ts';
import { guessedMs } from './guess.ts';

/** Less is not worth a word: what stages took, and what they were guessed to take. */
const LONG_MS = 60_000;
const LONG_GUESS_MS = 20_000;

/**
 * What to say of a run that takes minutes: by runs of the same file with the same parameters, on the same adapter, or by a guess.
 *
 * @throws what a plan does
 */
export async function expectedTime(
  pipeline: Pipeline,
  file: string,
  records: readonly RunRecord[],
  options: PlanOptions,
  cores = availableParallelism(),
): Promise<string | undefined> {
  const params = new Map(pipeline.graph.nodes.map(({ path, stage }) => [path, JSON.stringify(stage.spec.params)]));
  const alike = records.filter((record) => record.file === file && JSON.stringify(record.params) === JSON.stringify(pipeline.params));
  const same = alike.map((record) => ({ ...record, stages: record.stages.filter((stage) => params.get(stage.path) === JSON.stringify(stage.params)) }));
  const { nodes } = pipeline.graph;
  const { facts } = inferGraph(pipeline.graph);
  // Most runs: nothing is planned for them, and no adapter is looked for. No adapter is slower than this one.
  const slowest = guessedMs(nodes, facts, { name: 'swiftshader', driver: '' }, cores);
  if (sum(lastDurations(same, file)) < LONG_MS && sum(slowest) < LONG_GUESS_MS) return undefined;
  const adapter = await options.adapter?.();
  const here = JSON.stringify(adapter);
  const durations = lastDurations(
    same.filter(({ adapter }) => adapter === undefined || JSON.stringify(adapter) === here),
    file,
  );
  const guesses = adapter?.software ? guessedMs(nodes, facts, adapter, cores) : new Map<never, number>();
  if (sum(durations) < LONG_MS && sum(guesses) < LONG_GUESS_MS) return undefined;
  const runs = (await planOf(pipeline, options)).filter(({ does }) => does === 'runs' || does === 'waits').map(({ node }) => node);
  const known = new Map(runs.flatMap((node) => (durations.has(node.path) ? [[node.path, durations.get(node.path)!] as const] : [])));
  const guessed =
    guesses.size === 0
      ? guesses
      : guessedMs(
          runs.filter(({ path }) => !known.has(path)),
          facts,
          adapter!,
          cores,
        );
  if (sum(guessed) >= LONG_GUESS_MS) {
    return `about ${minutes(sum(guessed) + sum(known))} on this adapter (${adapter!.name}, software), a guess by rows, columns and models`;
  }
  if (sum(known) < LONG_MS) return undefined;
  const of = known.size === runs.length ? 'its stages' : `${known.size} of its ${runs.length} stages`;
  return `about ${minutes(sum(known))}, an estimate: what ${of} took when they last ran`;
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 10_000) * 10} s` : `${Math.round(ms / 60_000)} min`;
}

function sum(of: ReadonlyMap<unknown, number>): number {
  return [...of.values()].reduce((total, value) => total + value, 0);
}
