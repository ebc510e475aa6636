// Two runs side by side: what differs between them.
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';

/** One thing that differs, as `pipeline runs diff` tells it. */
interface Difference {
  readonly stage?: string;
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
}

export async function comparison(a: string, b: string): Promise<View> {
  const differences = await getJson<readonly Difference[]>(`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
  const text = (value: unknown): string => (value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));
  const rows = differences.map(({ stage, what, before, after }) => [`${stage === undefined ? '' : `${stage}: `}${what}`, text(before), text(after)]);
  return {
    element: h(
      'div',
      {},
      h('h1', {}, 'Two runs'),
      h('p', {}, h('a', { href: `#/run/${a}` }, a), ' and ', h('a', { href: `#/run/${b}` }, b)),
      rows.length === 0 ? h('p', {}, 'They are the same in everything that is recorded.') : table(['what differs', a, b], rows),
    ),
  };
}
