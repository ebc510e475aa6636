// Events as JSON lines: one object a line, each with `type`. Pixels travel as base64.
import { toBase64 } from '../core/encoding/base64.ts';
import type { Emit, RunEvent } from '../core/events.ts';

let said: RunEvent | undefined;
let line = '';

/** One line, without its newline. A run writes the same one to its record and to stdout. */
export function jsonLine(event: RunEvent): string {
  if (event !== said) line = textOf(event);
  said = event;
  return line;
}

function textOf(event: RunEvent): string {
  if (event.type !== 'picture') return JSON.stringify(event);
  const { picture, ...rest } = event;
  return JSON.stringify({ ...rest, picture: { ...picture, pixels: toBase64(picture.pixels) } });
}

/** Hands events on, but progress at most ten times a second; the last of a task always. */
export function throttleProgress(emit: Emit): Emit {
  let last = -Infinity;
  return (event) => {
    if (event.type === 'progress' || event.type === 'fit-progress') {
      const now = performance.now();
      const ends = event.type === 'progress' ? event.done === event.total : event.models.every(({ done }) => done);
      if (now - last < 100 && !ends) return;
      last = now;
    }
    emit(event);
  };
}
