// What a report is made of: a run's record and its events, sorted by what they show.
import type { AdapterSummary, CurvePoint, ErrorSummary, JsonRecord, Picture, RunEvent } from '../../core/events.ts';

/** One run, as its record tells it. */
export interface RunFacts {
  readonly id: string;
  readonly pipeline: string;
  /** ISO 8601. */
  readonly started: string;
  readonly ms: number;
  readonly status: string;
  readonly seed: number;
  readonly version: string;
  /** One line: processor, system, Node. */
  readonly machine: string;
  readonly adapter?: AdapterSummary | undefined;
  readonly error?: ErrorSummary | undefined;
  readonly stages: readonly StageFacts[];
}

export interface StageFacts {
  readonly path: string;
  readonly status: string;
  readonly ms: number;
  readonly params: JsonRecord;
  readonly output: JsonRecord;
  /** Digest of everything that decided the result. */
  readonly key?: string | undefined;
}

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
