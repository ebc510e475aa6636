// A source of rows alone: what `fetch` relies on, and what the cache does.
import { hasClasses, labelsOf, type TargetKind } from '../core/data/dataset.ts';
import { takeRows } from '../core/data/features.ts';
import { encode } from '../core/encoding/encoding.ts';
import type { DatasetSource } from '../datasets/source.ts';
import { fetch } from '../stages/fetch.ts';
import { checkContext, doing, failed } from './failing.ts';

/** Rows of a stored matrix that are compared. */
const COMPARED = 1000;

/**
 * Loads a source twice, through the files that a run would use. What it says of its rows in advance must be true, they must
 * be what estimators take, and the second load must bring the same.
 *
 * @throws PipelineError naming what does not hold, and a cure
 * @example
 * test('iris', () => checkDataset(iris()));
 */
export async function checkDataset<T extends TargetKind = 'classes'>(source: DatasetSource<T>): Promise<void> {
  const name = source.name ? `source ${source.name}` : 'source';
  if (!source.name) throw failed(name, 'it has no name.', "Write name: 'points'.");
  if (source.digest === undefined && source.inputs === undefined)
    throw failed(name, 'it does not say what its rows depend on, so every run loads them again.', 'Give it the digest of its bytes, or inputs: {}.');
  const load = async (): Promise<string> => {
    const { adds } = await doing(name, 'loading', async () => fetch(source).spec.run({}, checkContext({})));
    const { x, rows } = adds.data;
    const known = source.facts?.classes;
    const label = known && hasClasses(adds.data) ? labelsOf(adds.data).find((one) => !known.includes(one)) : undefined;
    if (label !== undefined)
      throw failed(name, `facts.classes are ${known!.join()}; a row of label ${label} was loaded.`, 'Correct facts.classes, or leave it out.');
    const kept = { ...adds.data, ...('readRows' in x ? { x: await takeRows(x, rows.subarray(0, COMPARED)) } : {}) };
    return (await encode(kept, () => false)).digest;
  };
  if ((await load()) !== (await load())) throw failed(name, 'a second load gives other rows.', 'Draw from a RandomState of a fixed seed, in load.');
}
