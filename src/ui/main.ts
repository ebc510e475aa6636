// The local page: which view an address shows. Addresses are hashes, so that the server serves one page.
import { reasonOf } from '../core/errors/errors.ts';
import { asking } from './ask.ts';
import { comparison } from './compare.ts';
import { h } from './dom.ts';
import { runList } from './list.ts';
import { live } from './live.ts';

/** A view, and what to stop when it is left. */
export interface View {
  readonly element: HTMLElement;
  readonly leave?: () => void;
}

const root = document.getElementById('view')!;
let leave: (() => void) | undefined;
/** Addresses asked for so far: a view that comes later than the next one is left at once. */
let asked = 0;

/** When a wait is said. */
const BUSY_MS = 150;

function viewOf(hash: string): Promise<View> {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const [area, ...ids] = path!.split('/').map(decodeURIComponent);
  if (area === 'run' && ids[0]) return live(ids[0]);
  if (area === 'compare' && ids.length > 1) return comparison(ids);
  if (area === 'ask' && ids[0]) return asking(ids[0]);
  return runList(new URLSearchParams(query));
}

async function show(): Promise<void> {
  const turn = ++asked;
  leave?.();
  leave = undefined;
  root.setAttribute('aria-busy', 'true');
  // What is answered at once does not flicker.
  const late = setTimeout(() => turn === asked && root.replaceChildren(h('p', { role: 'status' }, 'Loading…')), BUSY_MS);
  let view: View;
  try {
    view = await viewOf(location.hash);
  } catch (error) {
    view = { element: h('section', { class: 'failure', role: 'alert' }, h('h1', {}, 'This cannot be shown'), h('p', {}, reasonOf(error))) };
  }
  clearTimeout(late);
  if (turn !== asked) return view.leave?.();
  root.removeAttribute('aria-busy');
  leave = view.leave;
  root.replaceChildren(view.element);
  root.focus();
}

addEventListener('hashchange', () => void show());
await show();
