// How far probabilities can be believed, against scikit-learn's calibration_curve; some of them lie on the edges of ranges.
import { expect, test } from 'vitest';
import figures from '../fixtures/calibrationBins.json' with { type: 'json' };
import { calibrationBins } from '../../src/metrics/ranking.ts';

test.each(figures.cases.map((one, i) => [i, one] as const))('case %i', (_, { truth, probabilities, bins, share, predicted }) => {
  const found = calibrationBins(truth, probabilities, bins);
  expect(found.map((bin) => bin.share)).toEqual(share.map((one) => expect.closeTo(one, 12)));
  expect(found.map((bin) => bin.predicted)).toEqual(predicted.map((one) => expect.closeTo(one, 12)));
  expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBe(truth.length);
});

test('rows without a probability say nothing', () => {
  expect(calibrationBins([0, 1, 1], [NaN, 0.5, NaN])).toEqual([{ predicted: 0.5, share: 1, rows: 1 }]);
});
