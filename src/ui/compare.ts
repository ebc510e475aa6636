// Two runs side by side: what differs between them.
import type { Json } from '../core/events.ts';
import { seconds } from '../report/terminal/format.ts';
import type { RunDiff } from '../runtime/runDiff.ts';
import { getJson, h, table } from './dom.ts';
import type { View } from './main.ts';

export async function comparison(a: string, b: string): Promise<View> {
  const { params: own, stages } = await getJson<RunDiff>(`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
  const text = (value: Json | undefined): string => (value === undefined ? '–' : String(value));
  const ofPipeline = own.map(({ name, before, after }) => [`param ${name}`, text(before), text(after)]);
  const rows = stages.flatMap(({ path, status, ms, params, parts, outputs }) => [
    ...(status[0] === status[1] ? [] : [[`${path}: status`, ...status]]),
    ...params.map(({ name, before, after }) => [`${path}: param ${name}`, text(before), text(after)]),
    ...parts.map(({ part, before, after }) => [`${path}: ${part}`, text(before?.slice(0, 12)), text(after?.slice(0, 12))]),
    ...outputs.map(({ name, before, after }) => [`${path}: ${name}`, text(before), text(after)]),
    ...(ms[0] === undefined || ms[1] === undefined ? [] : [[`${path}: time`, seconds(ms[0]), seconds(ms[1])]]),
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
