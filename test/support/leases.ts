// A pipeline whose fits are cut into shards, and runs of it in which something happens.
import { join } from 'node:path';
import { expect } from 'vitest';
import { farm, toldIn, type Farm, type QueueServer } from './queue.ts';

/** Four spans of rows, in steps that an L-BFGS search takes some time over. */
export const FILE = `import { crossValidate, fetch, fit, logisticRegression, matrix, pipeline, score, split } from 'pipeline-gpu';
const [rows, cols] = [16_000, 40];
const labels = Uint8Array.from({ length: rows }, (_, i) => ((i * 7919) % 101 < 37 ? 1 : 0));
const x = Uint8Array.from({ length: rows * cols }, (_, at) => ((at * 2_654_435_761) >>> 9) % 90 + ((at % cols) % 2 === labels[Math.floor(at / cols)] ? 9 : 0));
const source = { name: 'made', load: async () => ({ name: 'made', role: 'all' as const, x: matrix(rows, cols, x), labels, rows: Uint32Array.from(labels, (_, i) => i) }) };
export default pipeline('made', fetch(source as never), split({ test: 0.2 }),
  fit(logisticRegression({ tol: 1e-9, maxIter: 150 })), score({ on: 'test' }), crossValidate(logisticRegression({ tol: 1e-8, maxIter: 150 })));
`;

/** By stage: done at the first words of its fit. */
export type Blows = Readonly<Record<string, (kill: (signal: NodeJS.Signals) => void) => void>>;

export interface ShardFarm extends Farm {
  /** A run in three shards. @returns what it warned of; checks that all else is as in one process, models to the last bit */
  shaken(blows: Blows): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The same, which may end badly. */
  started(blows: Blows): ReturnType<Farm['drive']>;
  checkLast(outputs: unknown): void;
}

export async function shardFarm(server: QueueServer): Promise<ShardFarm> {
  const here = farm(server, { 'made.ts': FILE });
  const env = { PIPELINE_CACHE: join(here.folder, 'cache-alone'), PIPELINE_SOLVER: 'host' };
  const { outputs: expected, error } = toldIn((await here.run(['run', join(here.folder, 'made.ts'), '--json'], { env })).stdout);
  expect(error).toBeUndefined();
  // What `score` reads is the model, by digest.
  const read = (): unknown =>
    Object.entries(
      here
        .records()
        .at(-1)!
        .stages.find(({ path }) => path === 'score')!.parts!,
    ).filter(([part]) => part.startsWith('input '));
  const model = read();
  const checkLast = (outputs: unknown): void => {
    expect(outputs).toEqual(expected);
    expect(read()).toEqual(model);
  };
  const started = async (blows: Blows): ReturnType<Farm['drive']> => {
    const left = { ...blows };
    const driven = await here.drive('made.ts', ['--shards', '3', '--force', 'fit', '--force', 'cross-validate'], {
      onStdout: (text, kill) => {
        for (const [stage, blow] of Object.entries(left)) {
          if (!text.includes(`"type":"fit-progress","stage":"${stage}"`)) continue;
          delete left[stage];
          blow(kill);
        }
      },
    });
    expect(left).toEqual({});
    return driven;
  };
  return {
    ...here,
    started,
    checkLast,
    async shaken(blows) {
      const { code, stderr, error: failure, outputs, events, by } = await started(blows);
      expect({ code, stderr, failure }).toMatchObject({ code: 0 });
      // Stages whose rows were elsewhere name those who had them.
      expect(Object.keys(by)).toEqual(['fit', 'cross-validate']);
      for (const names of Object.values(by)) expect(names).toMatch(/^\w+(?:, \w+)*$/);
      checkLast(outputs);
      return events.filter(({ code: own }) => own === 'W_QUEUE');
    },
  };
}
