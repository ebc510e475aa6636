// What shards of all kinds answer: nothing, branches of sums on their way to a driver, and that they were asked for what they do not know.
import { PipelineError } from '../errors/errors.ts';
import type { JsonRecord } from '../events.ts';
import type { Message } from './shards.ts';
import type { Branch } from './spans.ts';

/** @param lists of several trees, each with its own */
export function branchMessage(...lists: readonly (readonly Branch[])[]): Message {
  const branches = lists.map((own) => own.map(({ level, index }) => [level, index]));
  return { json: { branches } satisfies JsonRecord, arrays: lists.flatMap((own) => own.map(({ sums }) => sums)) };
}

/** What {@link branchMessage} made, of each tree, over answers of shards in order. */
export function branchesIn(answers: readonly Message[]): readonly (readonly Branch[])[] {
  const found: Branch[][] = [];
  for (const { json, arrays } of answers) {
    let next = 0;
    (json['branches'] as readonly (readonly (readonly [number, number])[])[]).forEach((own, tree) => {
      const branches = (found[tree] ??= []);
      for (const [level, index] of own) branches.push({ level, index, sums: arrays[next++] as Float64Array });
    });
  }
  return found;
}

export const NOTHING: Message = { json: {}, arrays: [] };

/** Of a question that nothing here answers. */
export function otherVersion(found: string): PipelineError {
  return new PipelineError('E_USAGE', found, { hint: 'Give all workers the same version of the package.' });
}
