// Problems that have nothing to do with each other, such as classes and folds, in as many threads as there are.
import type { Threads } from '../../../core/threads.ts';
import { throwIfCancelled, type StageContext } from '../../../dsl/stage/context.ts';
import { within } from '../../../dsl/stage/progress.ts';
import { descend, type Learned, type Problem } from './descent.ts';
import { SIDE_BY_SIDE } from '../dots.ts';
import type { SgdRows } from '../shifted.ts';
import type { Share } from './apart.ts';

/** Numbers of rows times problems that a thread is begun for: it takes as long as a pass over about so many. */
const WORTH = 2e7;
/** Problems that a thread has at a time: each brings its targets and weights. */
const MOST = 16;

/** Beside this file, with its ending. */
const APART = new URL(`./apart${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

/** As {@link descend}, and the same to the last bit, in all threads where that pays. @throws as it does */
export function descendInShares(
  rows: SgdRows,
  problems: readonly (() => Problem)[],
  epochs: number,
  context: Pick<StageContext, 'progress' | 'signal' | 'threads'>,
): Promise<readonly Learned[]> {
  const { threads } = context;
  const numbers = (rows.sparse ?? rows.dense!).values.length;
  const others = Math.min(threads?.others ?? 0, Math.ceil(problems.length / SIDE_BY_SIDE) - 1);
  if (!threads || others < 1 || numbers * problems.length < WORTH) return descend(rows, problems, epochs, context);
  return inShares(inSharedMemory(rows), problems, epochs, { ...context, threads }, others); // nobody keeps the rows as they were
}

async function inShares(
  rows: SgdRows,
  problems: readonly (() => Problem)[],
  epochs: number,
  context: Pick<StageContext, 'progress' | 'signal'> & { readonly threads: Threads },
  others: number,
): Promise<readonly Learned[]> {
  const each = Math.min(MOST, Math.ceil(problems.length / (others + 1)));
  // Where one fails, the others need not go on.
  const ended = new AbortController();
  const either = AbortSignal.any([context.signal, ended.signal]);
  const apart = async (share: readonly (() => Problem)[]): Promise<readonly Learned[]> => {
    try {
      return (await context.threads.call(APART, { rows, problems: share.map((make) => make()) } satisfies Share, either)) as readonly Learned[];
    } catch {
      throwIfCancelled(either);
    }
    return descend(rows, share, 0, { signal: either }); // what is wrong with the problems is said here, too
  };
  const learned: Learned[] = [];
  try {
    const rounds = Math.ceil(problems.length / (each * (others + 1)));
    for (let round = 0; round < rounds; round++) {
      const begin = round * each * (others + 1);
      const shares = Array.from({ length: others + 1 }, (_, i) => problems.slice(begin + i * each, begin + (i + 1) * each)).filter((share) => share.length > 0);
      const [own, ...rest] = shares as [(typeof shares)[number], ...typeof shares];
      // The others come as far in the meantime.
      const here = { ...within(context, round, rounds, 'shares'), signal: either };
      // They are begun first, and run while this one does its own.
      const beside = rest.map(apart);
      const all = await Promise.all([descend(rows, own, Math.round((epochs * own.length) / problems.length), here), ...beside]);
      learned.push(...all.flat());
      if (rounds > 1) context.progress?.(round + 1, rounds, 'shares');
    }
  } finally {
    ended.abort();
  }
  return learned;
}

/** Rows that threads read without a copy of their own. */
function inSharedMemory({ sparse, dense, shifted, ...rows }: SgdRows): SgdRows {
  return {
    ...rows,
    sparse: sparse && { ...sparse, values: shared(sparse.values), columns: shared(sparse.columns), starts: shared(sparse.starts) },
    dense: dense && { ...dense, values: shared(dense.values) },
    shifted: shifted && { ...shifted, halves: shared(shifted.halves) },
  };
}

function shared<A extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array>(list: A): A {
  const own = new (list.constructor as new (memory: SharedArrayBuffer) => A)(new SharedArrayBuffer(list.byteLength));
  own.set(list);
  return own;
}
