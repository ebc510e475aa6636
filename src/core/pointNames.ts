// What the points of a grid are called: by their parameters, `C=0.301`, in as few digits as tell them apart.
import type { Json, JsonRecord } from './events.ts';

const FEWEST_DIGITS = 3;
const MOST_DIGITS = 17;

/** A name for each point; those of different parameters differ. */
export function pointNames(points: readonly JsonRecord[]): readonly string[] {
  const different = new Set(points.map((point) => nameOf(point, MOST_DIGITS))).size;
  for (let digits = FEWEST_DIGITS; digits < MOST_DIGITS; digits++) {
    const names = points.map((point) => nameOf(point, digits));
    if (new Set(names).size === different) return names;
  }
  return points.map((point) => nameOf(point, MOST_DIGITS));
}

/** The name of one point by itself. */
export function pointName(point: JsonRecord): string {
  return nameOf(point, FEWEST_DIGITS);
}

function nameOf(point: JsonRecord, digits: number): string {
  return (
    Object.entries(point)
      .map(([key, value]) => `${key}=${valueOf(value, digits)}`)
      .join(' ') || 'defaults'
  );
}

function valueOf(value: Json | undefined, digits: number): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(digits)));
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
