// What the list of runs needs of each record, read once: a record stays as it is when its run is over.
import { readRecord, inOrder, runIds, runsDirectory } from '../../runtime/node/runs/runStore.ts';
import { summaryOf, type RunSummary } from '../../report/runs/list.ts';

/** Runs that are over in their files; of one that goes on, or was interrupted, another process may have the last word. */
const OVER: readonly string[] = ['ok', 'failed', 'cancelled'];

/** A function that gives the runs, oldest first. */
export function runIndex(folder = runsDirectory()): () => Promise<readonly RunSummary[]> {
  let known = new Map<string, RunSummary>();
  return async () => {
    const read = async (id: string): Promise<RunSummary | undefined> => {
      const before = known.get(id);
      if (before && OVER.includes(before.status)) return before;
      const record = await readRecord(id, folder);
      return record && summaryOf(record);
    };
    const found = (await Promise.all((await runIds(folder)).map(read))).filter((one) => one !== undefined);
    known = new Map(found.map((one) => [one.id, one]));
    return inOrder(found);
  };
}
