// What a run left to look at: its events, sorted by what they show.
import type { CurvePoint, JsonRecord, Picture, RunEvent } from '../../core/events.ts';

export interface Evidence {
  readonly rows: readonly Picture[];
  readonly weights: readonly Picture[];
  readonly mistakes: readonly Picture[];
  readonly curves: readonly Curve[];
  readonly histories: readonly History[];
}

export interface Curve {
  readonly stage: string;
  readonly positives: number;
  readonly negatives: number;
  readonly points: readonly CurvePoint[];
}

export interface History {
  readonly stage: string;
  readonly models: readonly { readonly model: string; readonly loss: readonly number[] }[];
}

export function evidenceOf(events: readonly RunEvent[]): Evidence {
  const pictures = (of: 'row' | 'weights' | 'mistake'): Picture[] =>
    events.flatMap((event) => (event.type === 'picture' && event.of === of ? [event.picture] : []));
  return {
    rows: pictures('row'),
    weights: pictures('weights'),
    mistakes: pictures('mistake'),
    curves: events.filter((event) => event.type === 'curve'),
    histories: events.filter((event) => event.type === 'history'),
  };
}

/** Labels of a confusion matrix's classes, as the stage's output has them. */
export function namesOf({ classes }: JsonRecord, count: number): readonly string[] {
  return Array.isArray(classes) && classes.length === count ? classes.map(String) : Array.from({ length: count }, (_, code) => String(code));
}
