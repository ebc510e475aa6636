// Facts as people read them: `train 60 000 x 784 u8`.
import type { Fact, Facts } from '../../dsl/graph/facts.ts';
import { bytes, number, printable } from './format.ts';

/** What a stage provides, on one line. */
export function factsLine(facts: Facts): string {
  return Object.entries(facts)
    .map(([key, fact]) => printable(`${key}${detail(fact)}`))
    .join(', ');
}

function detail(fact: Fact): string {
  if (fact.type === 'dataset') {
    const { rows, cols, dtype, classes } = fact;
    const shape = rows === undefined && cols === undefined ? '' : ` ${size(rows)} x ${size(cols)} ${dtype ?? ''}`.trimEnd();
    return `${shape}${classes ? ` of ${classes.length} classes` : ''}`;
  }
  if (fact.type === 'model') {
    const { estimator, classes, cols, models, buffers } = fact;
    const memory = buffers && Object.values(buffers).reduce((sum, size) => sum + size, 0);
    const parts = [
      estimator,
      classes && `${classes.length} classes`,
      cols && `${number(cols)} columns`,
      models && models > 1 && `${models} models at once`,
      memory && `${bytes(memory)} beside the rows`,
    ];
    return ` ${parts.filter(Boolean).join(', ')}`;
  }
  return '';
}

function size(count: number | undefined): string {
  return count === undefined ? '?' : number(count);
}
