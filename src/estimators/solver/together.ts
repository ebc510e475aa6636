// Runs many solvers in step. Every solver stops and waits with what it asks for; what all of them ask for of one kind is
// answered in one go, so one pass over the data serves every model. A solver that is done leaves.
import type { Answer, Ask, LbfgsbResult, LbfgsbState } from './lbfgsb.ts';
import type { Sample } from '../../kernels/lbfgsStep/search/lineSearch.reference.ts';

type AskOf<K extends Ask['kind']> = Extract<Ask, { kind: K }>;

/** Answers what several columns ask for at once; `asks[i]` is asked by column `columns[i]`. */
export interface BatchObjective {
  direction(columns: readonly number[], asks: readonly AskOf<'direction'>[]): Promise<void>;
  trial(columns: readonly number[], asks: readonly AskOf<'trial'>[]): Promise<readonly Sample[]>;
  gradient(columns: readonly number[], asks: readonly AskOf<'gradient'>[]): Promise<readonly Float64Array[]>;
}

/** Where every solver stands, by column; undefined while one of them is in the middle of an iteration. */
export type Standing = () => readonly (LbfgsbState | LbfgsbResult)[] | undefined;

/**
 * @param solvers one coroutine a column
 * @param afterRound called whenever every running solver has a new gradient or is done
 * @returns results in column order
 */
export async function solveTogether(
  solvers: readonly Generator<Ask, LbfgsbResult, Answer>[],
  objective: BatchObjective,
  afterRound: (standing: Standing) => Promise<void>,
): Promise<readonly LbfgsbResult[]> {
  const results: LbfgsbResult[] = [];
  const waiting = new Map<number, Ask>();
  const resume = (column: number, answer: Answer): void => {
    const { done, value } = solvers[column]!.next(answer);
    if (done) {
      results[column] = value;
      waiting.delete(column);
    } else waiting.set(column, value);
  };
  solvers.forEach((_, column) => resume(column, undefined));
  const asking = <K extends Ask['kind']>(kind: K): [number[], AskOf<K>[]] => {
    const found = [...waiting].filter((entry): entry is [number, AskOf<K>] => entry[1].kind === kind);
    return [found.map(([column]) => column), found.map(([, ask]) => ask)];
  };
  const standing: Standing = () => {
    const states = solvers.map((_, column) => {
      const ask = waiting.get(column);
      return ask ? (ask.kind === 'direction' ? ask.state : undefined) : results[column];
    });
    return states.every((state) => state !== undefined) ? states : undefined;
  };
  // Trials first: columns that accepted wait with their gradient until the slowest search has accepted too.
  while (waiting.size > 0) {
    const [trying, trials] = asking('trial');
    if (trying.length > 0) {
      const samples = await objective.trial(trying, trials);
      trying.forEach((column, i) => resume(column, samples[i]));
      continue;
    }
    const [accepted, points] = asking('gradient');
    if (accepted.length > 0) {
      const gradients = await objective.gradient(accepted, points);
      accepted.forEach((column, i) => resume(column, gradients[i]));
      await afterRound(standing);
      continue;
    }
    const [turning, directions] = asking('direction');
    await objective.direction(turning, directions);
    turning.forEach((column) => resume(column, undefined));
  }
  return results;
}
