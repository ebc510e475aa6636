// How many rows of each class are in each part: of a split, and of the folds that are held out.
import { nameOf } from '../core/data/classNames.ts';
import { countLabels, type Dataset } from '../core/data/dataset.ts';
import type { StageContext } from '../dsl/stage/context.ts';

/** Classes and parts that are told one by one. */
const MOST_CLASSES = 30;
const MOST_PARTS = 12;

/** @param parts ids of the rows of each */
export function sendBalance(
  data: Dataset,
  parts: readonly { readonly name: string; readonly rows: Uint32Array }[],
  { emit, stage }: Pick<StageContext, 'emit' | 'stage'>,
): void {
  const counts = parts.map(({ rows }) => countLabels({ ...data, rows }));
  const most = Math.max(0, ...counts.map(({ length }) => length));
  const labels = Array.from({ length: most }, (_, label) => label).filter((label) => counts.some((own) => (own[label] ?? 0) > 0));
  const shown = labels.slice(0, MOST_CLASSES);
  emit({
    type: 'balance',
    stage,
    classes: labels.length,
    names: shown.map((label) => nameOf(label, data.classNames)),
    count: parts.length,
    parts: parts.slice(0, MOST_PARTS).map(({ name, rows }, i) => ({ name, rows: rows.length, counts: shown.map((label) => counts[i]![label] ?? 0) })),
  });
}
