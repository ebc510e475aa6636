// Everything a run says, as data: the terminal, `--json`, the report and the tests all read this one stream.
// `EVENT_SCHEMA` goes up when a field changes its meaning; new fields and new types do not raise it.
import type { ErrorCode, SourcePlace } from './errors.ts';

export const EVENT_SCHEMA = 1;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonRecord = { readonly [key: string]: Json };

/** Where the numbers were computed. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly driver: string;
  /** True when the "GPU" is a program on the CPU (lavapipe, SwiftShader). */
  readonly software: boolean;
}

export interface ErrorSummary {
  readonly code: ErrorCode | 'E_INTERNAL';
  readonly message: string;
  readonly hint?: string;
  readonly at?: SourcePlace;
  readonly stage?: string;
}

/** A grey picture, `pixels[y * width + x]`, 0 (no ink) to 255 (full ink). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly caption: string;
}

export type RunEvent =
  | { readonly type: 'run-started'; readonly schema: number; readonly pipeline: string; readonly stages: readonly string[]; readonly seed: number }
  | { readonly type: 'adapter-ready'; readonly adapter: AdapterSummary }
  | { readonly type: 'stage-started'; readonly stage: string }
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly task: 'download' | 'read' | 'upload';
      readonly done: number;
      readonly total: number | null;
      readonly unit: 'bytes';
      readonly note?: string;
    }
  | { readonly type: 'fit-progress'; readonly stage: string; readonly models: readonly ModelProgress[]; readonly maxIter: number }
  /** A fit goes on where an earlier run of it was interrupted: `iterations` of the model that is furthest are done. */
  | { readonly type: 'fit-resumed'; readonly stage: string; readonly iterations: number }
  | { readonly type: 'picture'; readonly stage: string; readonly picture: Picture }
  | { readonly type: 'warning'; readonly stage: string; readonly code: string; readonly message: string; readonly hint?: string }
  /** A value that a cached stage provides was needed, and brought back from where it is kept or computed again. */
  | { readonly type: 'stage-restored'; readonly stage: string; readonly key: string; readonly ms: number }
  | {
      readonly type: 'stage-finished';
      readonly stage: string;
      readonly ms: number;
      readonly output: JsonRecord;
      /** Set when nothing ran: the result of an earlier run with the same key. */
      readonly cached?: true;
      /** Why the result is not kept, where it is not. */
      readonly uncached?: string;
      /** Where a cached result was computed, when on a device. */
      readonly adapter?: AdapterSummary;
    }
  | {
      readonly type: 'run-finished';
      readonly status: 'ok' | 'failed';
      readonly ms: number;
      readonly outputs: { readonly [stage: string]: JsonRecord };
      readonly error?: ErrorSummary;
    };

/** One model of a fit at one iteration; `loss` is the penalised objective, `gradient` its largest absolute entry. */
export interface ModelProgress {
  readonly model: string;
  readonly iteration: number;
  readonly loss: number;
  readonly gradient: number;
  readonly done: boolean;
}

export type Emit = (event: RunEvent) => void;
