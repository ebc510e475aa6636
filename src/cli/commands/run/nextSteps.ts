// What to do after a run: the commands for it, each with what it gives.
import type { RunRecord } from '../../../core/runRecord.ts';
import type { Ref } from '../../../dsl/graph/graph.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';

/** @param records of the runs before this one, oldest first */
export function nextSteps(pipeline: Pipeline, file: string, records: readonly RunRecord[], reported: boolean): readonly (readonly [string, string])[] {
  // Also under `npm start`, whose PATH is gone when it is over.
  const command = process.env['npm_command'] ? 'npx pipeline' : 'pipeline';
  const before = records.findLast((record) => record.file === file);
  const first = before === records.at(-1) ? 'last~1' : before?.id;
  const stages = pipeline.graph.nodes.map(({ stage }) => stage.spec);
  const fitted = stages.findLast(({ provides }) => provides.includes('model'));
  const saved = stages.some(({ id }) => id === 'save');
  return [
    [`${command} look`, 'what there is to see of this run'],
    ...(reported ? [] : [[`${command} report`, 'all of it as one HTML file'] as const]),
    ...(before ? [[`${command} runs diff ${first} last`, 'what differs from the run before'] as const] : []),
    [`${command} ui`, 'all runs in a browser'],
    ...(fitted && !saved ? [["add save('model.safetensors')", `after \`${fitted.id}\` to keep the model`] as const] : []),
  ];
}

/** Paths of the stages that no other reads from. */
export function endsOf({ graph }: Pipeline): ReadonlySet<string> {
  const ends = new Set(graph.nodes.map(({ path }) => path));
  const read = (ref: Ref): void => {
    if ('node' in ref) ends.delete(ref.node.path);
    else Object.values('record' in ref ? ref.record : ref.list).forEach(read);
  };
  for (const { inputs } of graph.nodes) Object.values(inputs).forEach(read);
  return ends;
}
