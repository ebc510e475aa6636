// Two runs side by side: what differs between them.
import { apart, seconds } from '../report/terminal/format.ts';
import type { Change, RunDiff } from '../runtime/runDiff.ts';
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';

export async function comparison(a: string, b: string): Promise<View> {
  const { params: own, stages } = await getJson<RunDiff>(`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
  const ofPipeline = own.map((change) => row('param ', change, true));
  const rows = stages.flatMap(({ path, status, ms, params, parts, outputs }) => [
    ...(status[0] === status[1] ? [] : [[`${path}: status`, ...status]]),
    ...params.map((change) => row(`${path}: param `, change, true)),
    ...parts.map(({ part, before, after }) => [`${path}: ${part}`, ...apart(before?.slice(0, 12), after?.slice(0, 12))]),
    ...outputs.map((change) => row(`${path}: `, change)),
    // Of a stage that one run lacks there is no time: JSON makes null of what is undefined.
    ...(typeof ms[0] === 'number' && typeof ms[1] === 'number' ? [[`${path}: time`, seconds(ms[0]), seconds(ms[1])]] : []),
  ]);
  return {
    element: h(
      'div',
      {},
      h('h1', {}, 'Two runs'),
      h('p', {}, h('a', { href: `#/run/${a}` }, a), ' and ', h('a', { href: `#/run/${b}` }, b)),
      table(['what differs', a, b], [...ofPipeline, ...rows]),
    ),
  };
}

function row(prefix: string, { name, before, after, differing }: Change, exact = false): readonly string[] {
  return [`${prefix}${name}${differing === undefined ? '' : ` (${differing} values)`}`, ...apart(before, after, exact)];
}
