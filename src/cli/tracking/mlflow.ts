// Tells an MLflow server of a run, once it is over, over its REST interface: what was set, what came out, the record, the report and
// the models. Local files stay as they are; a server that does not take the run is told of, and fails nothing.
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import { figuresOf } from '../../report/runs/facts.ts';
import { basicAuthorization, shownUrl } from '../../runtime/node/files/urls.ts';

export interface Artefact {
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 30_000;
/** What MLflow takes in one request, and of one value. */
const MOST_PARAMS = 100;
const MOST_METRICS = 1000;
const MOST_VALUE = 500;
const MOST_KEY = 250;
/** Paths of the stage. */
const SAVE = /(^|\/)save(-\d+)?$/;
const STATUS = { ok: 'FINISHED', failed: 'FAILED', cancelled: 'KILLED', interrupted: 'KILLED', running: 'RUNNING' } as const;

/** The server's address, with whatever user and password it names. @param text of `--track` @throws E_USAGE */
export function trackedAt(text: string): string {
  const url = /^mlflow=(https?:\/\/.+)$/.exec(text)?.[1];
  if (url !== undefined && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new PipelineError('E_USAGE', `--track is '${text.replace(/\/\/.*@/s, '//')}'; mlflow= and the address of a server are needed.`, {
    hint: 'Write --track mlflow=http://localhost:5000.',
  });
}

/** Model files that `save` wrote. */
export async function savedModels({ file, stages }: RunRecord): Promise<readonly Artefact[]> {
  const found = await Promise.all(
    stages.map(async ({ path, params, output }): Promise<readonly Artefact[]> => {
      const name = output?.['file'];
      if (!SAVE.test(path) || typeof name !== 'string' || name !== params['file']) return [];
      const at = name.startsWith('file:') ? fileURLToPath(name) : resolve(dirname(file), name);
      const bytes = await readFile(at).catch(() => undefined);
      return bytes ? [{ name: basename(at), bytes }] : [];
    }),
  );
  return found.flat();
}

/** @returns the id that the run has there @throws E_FETCH */
export async function pushToMlflow(url: string, run: RunRecord, artefacts: readonly Artefact[], env: Environment = process.env): Promise<string> {
  const api = new Mlflow(url, env);
  const began = Date.parse(run.started);
  const experiment = await api.experiment(env['MLFLOW_EXPERIMENT_NAME']?.trim() || run.pipeline);
  const tags = { 'mlflow.source.name': run.command ?? run.pipeline, 'mlflow.source.type': 'LOCAL', 'pipeline.run': run.id, 'pipeline.version': run.version };
  const commit = run.git ? { 'mlflow.source.git.commit': run.git.commit } : {};
  const created = (await api.post('runs/create', {
    experiment_id: experiment,
    run_name: run.id,
    start_time: began,
    tags: Object.entries({ ...tags, ...commit }).map(([key, value]) => ({ key, value })),
  })) as { readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } } };
  const { run_id: id, artifact_uri: place } = created.run.info;
  const { params, results } = figuresOf(run);
  const ended = began + Math.round(run.ms ?? 0);
  const own = keys();
  const set = [...params, ...(run.seed === undefined ? [] : [['seed', run.seed] as const])].map(([key, value]) => ({ key: own(key), value: textOf(value) }));
  const named = keys();
  const metrics = [...results].flatMap(([key, value]) =>
    typeof value === 'number' && Number.isFinite(value) ? [{ key: named(key), value, timestamp: ended, step: 0 }] : [],
  );
  try {
    for (let from = 0; from < set.length; from += MOST_PARAMS) await api.post('runs/log-batch', { run_id: id, params: set.slice(from, from + MOST_PARAMS) });
    for (let from = 0; from < metrics.length; from += MOST_METRICS)
      await api.post('runs/log-batch', { run_id: id, metrics: metrics.slice(from, from + MOST_METRICS) });
    for (const { name, bytes } of artefacts) await api.put(place, name, bytes);
  } finally {
    // Whatever was not taken: the run is over.
    await api.post('runs/update', { run_id: id, status: STATUS[run.status], end_time: ended });
  }
  return id;
}

/** Keys as they are taken there: no other characters, not too long, and each once. */
function keys(): (key: string) => string {
  const taken = new Set<string>();
  return (key) => {
    const plain = key.replace(/[^\p{L}\p{N}_./: -]/gu, '_');
    let own = plain.slice(0, MOST_KEY);
    for (let nth = 2; taken.has(own); nth++) own = `${plain.slice(0, MOST_KEY - 8)}_${nth}`;
    taken.add(own);
    return own;
  };
}

function textOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST_VALUE ? `${text.slice(0, MOST_VALUE - 3)}...` : text;
}

class Mlflow {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws E_FETCH for a token that cannot be sent */
  constructor(url: string, { MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password = '' }: Environment) {
    this.#url = shownUrl(url).replace(/\/+$/, '');
    const token = MLFLOW_TRACKING_TOKEN?.trim();
    if (token && !/^[\x21-\x7e]+$/.test(token))
      throw refused('MLFLOW_TRACKING_TOKEN has characters that cannot be sent.', 'Set it to the token alone, without spaces and line breaks.');
    const basic = user ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : undefined;
    const authorization = basicAuthorization(new URL(url)) ?? (token ? `Bearer ${token}` : basic);
    this.#headers = authorization === undefined ? {} : { authorization };
  }

  /** Made where there is none of the name. */
  async experiment(name: string): Promise<string> {
    const found = await this.#ask('GET', `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`, undefined, [404]);
    if (found.status !== 404) return (found.said as { readonly experiment: { readonly experiment_id: string } }).experiment.experiment_id;
    return ((await this.post('experiments/create', { name })) as { readonly experiment_id: string }).experiment_id;
  }

  async post(what: string, body: JsonRecord): Promise<unknown> {
    return (await this.#ask('POST', `/api/2.0/mlflow/${what}`, JSON.stringify(body))).said;
  }

  /** @param place of the run's files, as the server has it @throws E_FETCH where files do not go through the server */
  async put(place: string, name: string, bytes: Uint8Array | string): Promise<void> {
    const path = /^mlflow-artifacts:\/(?:\/[^/]*\/)?(.*)$/.exec(place)?.[1];
    if (path === undefined)
      throw refused(`The server keeps files at ${place.replace(/:.*$/s, '')}: and takes none itself.`, 'Start it with --serve-artifacts.');
    await this.#ask('PUT', `/api/2.0/mlflow-artifacts/artifacts/${path.replace(/^\/+/, '')}/${encodeURIComponent(name)}`, bytes);
  }

  async #ask(
    method: string,
    path: string,
    body?: Uint8Array | string,
    accepted: readonly number[] = [],
  ): Promise<{ readonly status: number; readonly said: unknown }> {
    const type = method === 'POST' ? { 'content-type': 'application/json' } : {};
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { ...this.#headers, ...type },
        body: body as never,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (cause) {
      const { cause: inner } = cause as { readonly cause?: unknown };
      throw refused(
        `${this.#url} does not answer: ${reasonOf(inner ?? cause).replace(/\.$/, '')}.`,
        'Look whether the server runs, and at the address.',
        cause,
      );
    }
    if (!response.ok && !accepted.includes(response.status))
      throw refused(
        `${method} ${path.replace(/\?.*$/s, '')} of ${this.#url} says ${response.status}: ${text.slice(0, 300)}`,
        'Look at the address, and at MLFLOW_TRACKING_TOKEN where it asks who you are.',
      );
    try {
      return { status: response.status, said: text === '' ? {} : (JSON.parse(text) as unknown) };
    } catch (cause) {
      throw refused(`${this.#url} answers, but not as MLflow does.`, 'Look at the address.', cause);
    }
  }
}

function refused(message: string, hint: string, cause?: unknown): PipelineError {
  return new PipelineError('E_FETCH', message, { hint, cause });
}
