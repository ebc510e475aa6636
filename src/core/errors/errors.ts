// One error class for everything a user can meet. It is data first: what failed (`code`), what arrived and what was
// needed (`message`), where in the user's file (`at`), one cure (`hint`). Rendering is the report's job.
// Identify errors by `code`, never by `instanceof`: a user's file may load a second copy of this module.
export { reasonOf } from './thrown.ts';

/** A place in a user's file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Stable codes. The first part decides the process's exit code, see `exitCodeOf`. */
export type ErrorCode =
  | 'E_USAGE' // a command line or a file that cannot be used
  | 'E_ORDER' // a stage misses what an earlier stage should have provided
  | 'E_PARAMS' // a parameter outside its schema
  | 'E_SHAPE' // rows, columns or dtype do not fit
  | 'E_OVERLAP' // test rows that were also trained on
  | 'E_CLASS' // a class that no row has, or only one class
  | 'E_STAGE' // a user's stage threw
  | 'E_TIMEOUT' // a stage took longer than it may
  | 'E_TYPES' // the compiler refuses the pipeline file
  | 'E_ENCODE' // a value that cannot be kept as data, or kept data that is none
  | 'E_DATA' // a file that is not what its format says
  | 'E_DIGEST' // bytes that are not the expected bytes
  | 'E_FETCH' // no source delivered
  | 'E_NO_ADAPTER' // no device
  | 'E_DEVICE' // the device failed or was lost
  | 'E_SHADER' // WGSL that does not compile, or computes something else than its reference
  | 'E_QUEUE' // the queue or the folder that workers share cannot be used, or a worker refused a job
  | 'E_RESULT' // a result that is not what was asked for
  | 'E_CANCELLED';

export interface PipelineErrorOptions {
  readonly hint?: string | undefined;
  readonly at?: SourcePlace | undefined;
  readonly stage?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The error of this package.
 *
 * @example
 * throw new PipelineError('E_SHAPE', 'x has 784 columns, the model was fitted on 64.', { hint: 'Fit and predict on the same columns.' });
 */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  at: SourcePlace | undefined;
  stage: string | undefined;
  /** Where that stage was written, where `at` is somewhere else. */
  stageAt: SourcePlace | undefined;

  constructor(code: ErrorCode, message: string, options: PipelineErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.at = options.at;
    this.stage = options.stage;
  }
}

/** True for a PipelineError of any copy of this module. */
export function isPipelineError(error: unknown): error is PipelineError {
  return error instanceof Error && error.name === 'PipelineError' && 'code' in error;
}

/** Process exit code of an error: 1 pipeline, 2 usage, 3 data or integrity, 4 device, 5 a result that was refused, 130 cancelled. */
export function exitCodeOf(error: unknown): number {
  if (!isPipelineError(error)) return 1;
  switch (error.code) {
    case 'E_USAGE':
    case 'E_ORDER':
    case 'E_PARAMS':
    case 'E_TYPES':
      return 2;
    case 'E_DATA':
    case 'E_DIGEST':
    case 'E_FETCH':
      return 3;
    case 'E_NO_ADAPTER':
    case 'E_DEVICE':
    case 'E_SHADER':
    case 'E_QUEUE':
      return 4;
    case 'E_RESULT':
      return 5;
    case 'E_CANCELLED':
      return 130;
    default:
      return 1;
  }
}
