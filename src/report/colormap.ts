// How pixels of a picture look: ink is black on white paper, as matplotlib's `binary`; signed values run from blue over
// white to red, as its `RdBu_r`.
import type { Picture } from '../core/events.ts';

export type Rgb = readonly [number, number, number];

const BLUE: Rgb = [33, 102, 172];
const WHITE: Rgb = [247, 247, 247];
const RED: Rgb = [178, 24, 43];

export function colorOf(kind: Picture['kind'], value: number): Rgb {
  if (kind === 'ink') return [255 - value, 255 - value, 255 - value];
  const size = Math.min(1, Math.abs(value - 128) / 127);
  const end = value < 128 ? BLUE : RED;
  return [mix(WHITE[0], end[0], size), mix(WHITE[1], end[1], size), mix(WHITE[2], end[2], size)];
}

function mix(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share);
}
