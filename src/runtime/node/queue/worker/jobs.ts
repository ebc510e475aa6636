// A job in the process that computes: one stage, run by an engine as in any run, on what other stages left in the shared cache.
import { PipelineError } from '../../../../core/errors/errors.ts';
import type { Emit } from '../../../../core/events.ts';
import type { Kept } from '../../../../dsl/stage/context.ts';
import type { GraphNode } from '../../../../dsl/graph/graph.ts';
import { nodesOf } from '../../../../dsl/graph/graph.ts';
import type { Pipeline } from '../../../../dsl/graph/pipeline.ts';
import { Engine } from '../../../engine/engine.ts';
import type { EngineOptions } from '../../../engine/options.ts';
import { filesLeft, type Parts } from '../../../keys/identity.ts';
import type { RunDevice } from '../../../runDevice.ts';
import { inProcess, type Executor } from '../../../schedule/executor.ts';
import type { JobWork } from '../messages.ts';

export interface JobsOptions extends Pick<EngineOptions, 'around' | 'comingAdapter'> {
  readonly cache: NonNullable<EngineOptions['cache']>;
  readonly run: Pick<EngineOptions['run'], 'files' | 'disk' | 'threads'>;
  readonly device: RunDevice;
}

/** A pipeline that is loaded. */
export class LoadedJobs {
  readonly #options: JobsOptions;
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #left: readonly URL[];

  constructor({ graph }: Pipeline, options: JobsOptions) {
    this.#options = options;
    this.#nodes = new Map(graph.nodes.map((node) => [node.path, node]));
    this.#left = filesLeft(graph.nodes);
  }

  /**
   * @returns models that others may train, where the stage has several; nothing was trained then
   * @throws what the stage throws; `NotTheSame` where the stage is another one here
   */
  async run({ stage, key, seed, from, anew = false, divided = [], share }: JobWork, emit: Emit): Promise<{ readonly divide?: readonly string[] }> {
    const { device, run, ...options } = this.#options;
    const node = this.#nodes.get(stage);
    if (!node) throw new PipelineError('E_QUEUE', `The pipeline of the job has no stage '${stage}' on a worker.`, { stage });
    const division = new Division(divided, share);
    const engine = new Engine({
      ...options,
      run: { ...run, signal: new AbortController().signal, emit, seed, compute: () => device.compute() },
      adapter: () => device.summary(),
      device: () => device.use(),
      executor: anew ? inProcess : division,
      storesAll: true,
      check: (_, found) => {
        if (found.key !== key) throw new NotTheSame(found.parts);
      },
    });
    try {
      for (const read of new Set(Object.values(node.inputs).flatMap(nodesOf))) await engine.take(read, from[read.path] ?? '');
      await engine.run([node], new Map([[node, anew ? 'run' : 'normal']]), {}, this.#left);
      return {};
    } catch (error) {
      const { code, cause } = error as PipelineError;
      if (division.ended && code === 'E_CANCELLED') return division.ended;
      throw cause instanceof NotTheSame ? cause : error;
    } finally {
      await engine.close();
    }
  }
}

/** The stage depends on something else here than where the job came from. */
export class NotTheSame extends Error {
  readonly parts: Parts;

  constructor(parts: Parts) {
    super('The stage is another one on this worker.');
    this.parts = parts;
  }
}

/** Runs a stage whose models are trained in shares: it ends before the first model where nobody has a share yet. */
class Division implements Executor {
  readonly #divided: ReadonlySet<string>;
  readonly #own: ReadonlySet<string> | undefined;
  ended: { readonly divide?: readonly string[] } | undefined;

  constructor(divided: readonly string[], share: JobWork['share']) {
    this.#divided = new Set(divided);
    this.#own = share && new Set(divided.slice(...share));
  }

  execute({ node, state, context }: Parameters<Executor['execute']>[0]): ReturnType<Executor['execute']> {
    const { kept } = context;
    if (!kept) return inProcess.execute({ node, state, context });
    const share = async (keys: readonly string[]): Promise<readonly string[]> => {
      if (this.#own) {
        // Others train the rest.
        const own = keys.filter((key) => this.#own!.has(key));
        if (own.length < keys.length) this.ended = {};
        return own;
      }
      if (keys.length < 2) return keys;
      this.ended = { divide: keys };
      throw new PipelineError('E_CANCELLED', `${node.path} has ${keys.length} models for others to train.`);
    };
    const divided: Kept = {
      load: (key) => kept.load(key),
      save: (part, results) => kept.save(part, results),
      share,
      isOfThisRun: (key) => this.#divided.has(key),
    };
    return inProcess.execute({ node, state, context: { ...context, kept: divided } });
  }
}
