// Two to five runs side by side, as the server tells it.
import { getHtml, h } from './dom.ts';
import type { View } from './main.ts';

export async function comparison(ids: readonly string[]): Promise<View> {
  return { element: h('div', {}, await getHtml(`/compare?${ids.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`)) };
}
