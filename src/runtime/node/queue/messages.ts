// What goes through the queue: which stage to compute, and who computed it. Jobs are text signed with a secret that the driver and
// all workers have; values and code go through the shared cache, by digest.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isPipelineError, PipelineError, type ErrorCode } from '../../../core/errors/errors.ts';
import { errorSummary, type ErrorSummary } from '../../../core/events.ts';
import type { Parts } from '../../keys/identity.ts';

/** Raised when jobs change their meaning; workers of another format do not see them. */
export const JOB_FORMAT = 3;
export const SECRET = 'PIPELINE_QUEUE_SECRET';

/** A stage to compute. A job has one, or several that are quickly done. */
export interface JobWork {
  /** Digest of the list of files that the pipeline is made of. */
  readonly code: string;
  /** Path of the stage. */
  readonly stage: string;
  /** Under which its result will stand. */
  readonly key: string;
  readonly seed: number;
  /** Where to find what it reads, by path. */
  readonly from: Readonly<Record<string, string>>;
  readonly anew?: boolean;
  /** Models of the stage that are trained for this run by several jobs. */
  readonly divided?: readonly string[];
  /** Of those this job's own: from one place up to another. */
  readonly share?: readonly [from: number, to: number];
}

/** A worker's device, for shards of fits: until the run lets it go. */
export interface Lease {
  /** Of the run, one of its kind: what its workers are known by is made of this and the secret. */
  readonly nonce: string;
  /** Among those of the run. */
  readonly seat: string;
  /** Where the run listens. */
  readonly host: string;
  readonly port: number;
  /** Whose host that is: a loopback address is of no use to others. */
  readonly machine: string;
}

export type Work = JobWork | Lease;

export function isLease(work: Work): work is Lease {
  return 'seat' in work;
}

/** What workers of shards prove with that they have the secret, which they do not send. */
export function leaseToken(nonce: string, secret: string): string {
  return createHmac('sha256', secret).update(`pipeline-gpu shards ${JOB_FORMAT}\n${nonce}`).digest('hex');
}

/** What is in the queue. */
export interface JobData {
  readonly work: string;
  readonly signature: string;
}

/** What a job gives back for each stage: a few bytes. */
export interface Receipt {
  readonly worker: string;
  readonly attempt: number;
  readonly adapter?: string;
  readonly ms: number;
  /** Models that others may train: nothing was computed yet. */
  readonly divide?: readonly string[];
}

/** @throws E_USAGE where there is none */
export function secretOf(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const secret = env[SECRET]?.trim();
  if (secret && secret.length >= 16) return secret;
  throw new PipelineError('E_USAGE', secret ? `${SECRET} has ${secret.length} characters; 16 are needed.` : `${SECRET} is not set.`, {
    hint: `Set it to the same for run and all workers: export ${SECRET}=$(openssl rand -hex 32), once.`,
  });
}

export function signed(works: readonly Work[], secret: string): JobData {
  const text = JSON.stringify(works);
  return { work: text, signature: signatureOf(text, secret) };
}

/** @throws E_QUEUE for a job that nobody signed with this secret */
export function checked({ work, signature }: Partial<JobData>, secret: string): readonly Work[] {
  const given = Buffer.from(String(signature), 'hex');
  const own = Buffer.from(signatureOf(String(work), secret), 'hex');
  if (given.length === own.length && timingSafeEqual(given, own)) return JSON.parse(work!) as readonly Work[];
  throw new PipelineError('E_QUEUE', 'A worker refused the job: it is not signed with the secret of the worker.', {
    hint: `Give run and all workers the same ${SECRET}.`,
  });
}

function signatureOf(text: string, secret: string): string {
  return createHmac('sha256', secret).update(`pipeline-gpu job ${JOB_FORMAT}\n${text}`).digest('hex');
}

/** Another try, or another worker, may do better. */
const MAY_PASS: readonly ErrorCode[] = ['E_FETCH', 'E_DEVICE', 'E_NO_ADAPTER', 'E_QUEUE'];

export interface Failure {
  readonly error: ErrorSummary;
  readonly again: boolean;
  /** What the worker found the stage to depend on, where that is not what the driver says. */
  readonly parts?: Parts;
}

const MOST_LETTERS = 8000;

export function failureOf(error: unknown, more: Pick<Failure, 'parts'> = {}): Failure {
  const { message, ...summary } = errorSummary(error);
  const again = isPipelineError(error) ? MAY_PASS.includes(error.code) && more.parts === undefined : true;
  return { error: { ...summary, message: message.slice(0, MOST_LETTERS) }, again, ...more };
}

/** As it was thrown. */
export function errorOf({ code, message, hint, at, stage, stageAt, causes = [] }: ErrorSummary): PipelineError {
  const cause = causes.reduceRight<Error | undefined>((inner, text) => new Error(text, inner && { cause: inner }), undefined);
  const error = new PipelineError(code as ErrorCode, message, { hint, at, stage, cause });
  error.stageAt = stageAt;
  return error;
}
