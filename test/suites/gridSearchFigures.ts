// Grid search on a real adapter, against scikit-learn 1.9's GridSearchCV.
import { expect, test } from 'vitest';
import fixture from '../fixtures/logistic.json' with { type: 'json' };
import type { Dataset } from '../../src/core/data/dataset.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { runSmall } from '../support/smallData.ts';
import { smallSet, type SetName } from '../support/smallSets.ts';

/** A set with all its rows for training, as the reference figures were computed. */
export const trainOn = (train: Dataset<'train'>) => stage({ id: 'rows', needs: [], provides: ['train'], run: (): Pick<Split, 'train'> => ({ train }) });

export async function outputsOf(made: Parameters<typeof runSmall>[0]) {
  const { outputs, error, events } = await runSmall(made, () => openNodeCompute());
  expect(error).toBeUndefined();
  return { outputs, events };
}

const searches = fixture.rows.filter((row) => 'mean_test_score' in row) as unknown as {
  data: SetName;
  C: number[];
  mean_test_score: number[];
  best: { C: number };
}[];

/** Each point of the searches that the figures have on these rows, and the best one refitted. */
export function gridSearchEquals(name: SetName): void {
  test.each(searches.filter(({ data }) => data === name))(
    'GridSearchCV over C on $data: every point, and the best one refitted',
    { timeout: 600_000 },
    async ({ data, C, mean_test_score, best }) => {
      const train = smallSet(data);
      const { outputs } = await outputsOf(
        pipeline('search', trainOn(train), gridSearch(logisticRegression({ maxIter: 20_000, tol: 1e-8 }), { C }, { folds: 3 })),
      );
      const { points, bestParams, bestScore, scoring } = outputs['grid-search'] as never as {
        points: { params: object; meanScore: number }[];
        bestParams: object;
        bestScore: number;
        scoring: string;
      };
      expect(points.map(({ params }) => params)).toEqual(C.map((value) => ({ C: value })));
      // At most one row of a fold is predicted otherwise.
      points.forEach(({ meanScore }, i) => expect(Math.abs(meanScore - mean_test_score[i]!), `C ${C[i]}`).toBeLessThanOrEqual(1.01 / train.labels.length));
      expect({ bestParams, bestScore, scoring }).toEqual({
        bestParams: best,
        bestScore: Math.max(...points.map(({ meanScore }) => meanScore)),
        scoring: 'accuracy',
      });
    },
  );
}
