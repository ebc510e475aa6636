// Models behind others: rows go through transformers first, all columns together or in groups.
import type { Scaling } from '../../../core/data/dataset.ts';
import { meantFeatures } from '../columns.ts';
import { beside, picked } from '../operators.ts';
import type { Exporter, Exporting, Features, FeaturesSaid } from '../said.ts';

export const searched: Exporter<{ readonly model: object }> = (to, { model }, rows) => to.say(model, rows);

/** Rows behind some transformers. */
async function through(to: Exporting, transformers: readonly object[], given: Features): Promise<Features> {
  let rows = given;
  for (const one of transformers) rows = (await to.say(one, rows)) as FeaturesSaid;
  return rows;
}

export const chain: Exporter<{ readonly transformers: readonly object[]; readonly model: object }> = async (to, { transformers, model }, rows) =>
  to.say(model, await through(to, transformers, rows));

interface Columns {
  readonly groups: readonly { readonly columns: readonly number[]; readonly transformers: readonly object[] }[];
  readonly passed: readonly number[];
  readonly scaling?: Scaling | undefined;
}

export const columns: Exporter<Columns> = async (to, { groups, passed, scaling }, rows) => {
  const { b } = to;
  const all = meantFeatures(to, rows, scaling);
  const parts: Features[] = [];
  for (const { columns: own, transformers } of [...groups, ...(passed.length > 0 ? [{ columns: passed, transformers: [] }] : [])]) {
    const some = { x: picked(b, all.x, own), columns: own.map((j) => all.columns[j]!) };
    parts.push(await through(to, transformers, some));
  }
  const x = beside(
    b,
    parts.map((part) => part.x),
  );
  return { kind: 'transformer', x, columns: parts.flatMap((part) => part.columns) };
};
