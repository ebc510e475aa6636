// What can be set, as a terminal of any width shows it: nothing is cut, and no line is longer.
import { expect, test } from 'vitest';
import { paramLines } from '../../src/cli/paramHelp.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { z } from '../../src/dsl/params.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import { smallSet } from '../support/smallSets.ts';

const made = pipeline(
  'long',
  stage({
    id: 'rows',
    needs: [],
    provides: ['train'],
    schema: z.strictObject({ step: z.number().default(3).describe('how far') }),
    run: () => ({ train: smallSet('iris') }),
  }),
  fit(logisticRegression()),
  crossValidate({ scoring: ['accuracy', 'rocAuc'] }),
);

test.each([60, 80, 120, 200])('at %i columns', (columns) => {
  const lines = paramLines(made, { width: columns });
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
  // The same words in the same order as without a width.
  const words = (text: readonly string[]): string => text.join('').replaceAll(/\s/g, '');
  expect(words(lines)).toBe(words(paramLines(made, { width: Infinity })));
});

test('a description stands beside its flag where there is room, else below', () => {
  expect(paramLines(made, { width: 80 })).toContainEqual(expect.stringMatching(/^  --set rows\.step=<number> +how far \(3\)$/));
  const lines = paramLines(made, { width: 80 });
  const long = lines.findIndex((line) => line.startsWith('  --set cross-validate.scoring=<accuracy|'));
  expect(lines.slice(long + 1).find((line) => line.startsWith('      '))).toBe('      one scorer or several (["accuracy","rocAuc"])');
});
