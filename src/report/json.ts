// Events as JSON lines: one object a line, each with `type`. Pixels travel as base64.
import type { RunEvent } from '../core/events.ts';

/** One line, without its newline. */
export function jsonLine(event: RunEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => (value instanceof Uint8Array ? btoa(String.fromCharCode(...value)) : value));
}
