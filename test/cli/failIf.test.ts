// `run --fail-if`: what a figure must not be.
import { expect, test } from 'vitest';
import { checkFigures, parseFailIf } from '../../src/cli/commands/run/failIf.ts';
import { SUM, sumProject } from '../support/project.ts';

const PATHS = ['score', 'seeds/=0.5/cross-validate', 'a.b/score', 'a'];
const OUTPUTS = {
  score: { testAccuracy: 0.94, rocAuc: null, classes: ['no', 'yes'], means: { f1: 0.5 } },
  'seeds/=0.5/cross-validate': { foldScores: [0.9, 0.8] },
};

test.each([
  ['score.testAccuracy < 0.95', 'score.testAccuracy is 0.9400, which is < 0.95'],
  ['score.testAccuracy<=0.94', 'score.testAccuracy is 0.94, which is <= 0.94'],
  ['score.testAccuracy > 0.94', undefined],
  ['score.testAccuracy >= 9.4e-1', 'score.testAccuracy is 0.94, which is >= 0.94'],
  ['score.testAccuracy == 0.94', 'score.testAccuracy is 0.94, which is == 0.94'],
  ['score.testAccuracy != 0.94', undefined],
  ['score.testAccuracy < 0.94', undefined],
  ['score.means.f1 < 1', 'score.means.f1 is 0.5000, which is < 1'],
  ['seeds/=0.5/cross-validate.foldScores.1 < 0.85', 'seeds/=0.5/cross-validate.foldScores.1 is 0.8000, which is < 0.85'],
  ['score.testAccuracy < 1.1', 'score.testAccuracy is 0.9400, which is < 1.1'],
  ['score.rocAuc < 0.5', 'score.rocAuc is not defined'],
])('%s', (text, message) => {
  const check = (): void => checkFigures([parseFailIf(text, PATHS)], OUTPUTS);
  if (message === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'E_RESULT', message: `${message}.` }));
});

test.each([
  ['score.testAccuracy', /is not STAGE\.FIGURE < NUMBER/, /--fail-if 'score\.testAccuracy < 0\.95'/],
  ['score.testAccuracy < high', /is not STAGE\.FIGURE < NUMBER/, /compare/],
  ['score.testAccuracy < 1 < 2', /is not STAGE\.FIGURE|there is no stage/, /./],
  ['scores.testAccuracy < 1', /there is no stage 'scores'/, /Did you mean score/],
  ['score.testAcuracy < 1', /the output of 'score' has no 'testAcuracy'/, /Did you mean testAccuracy/],
  ['score.classes < 1', /has no number as 'classes'/, /testAccuracy/],
  ['a.b/score.testAccuracy < 1', /stage 'a\.b\/score' did not run/, /./],
])('%s is a mistake', (text, message, hint) => {
  expect(() => checkFigures([parseFailIf(text, PATHS)], OUTPUTS)).toThrow(
    expect.objectContaining({ code: 'E_USAGE', message: expect.stringMatching(message), hint: expect.stringMatching(hint) }),
  );
});

test('a run that is refused is recorded as usual; its exit status is 5, and all that failed it is told', { timeout: 60_000 }, async () => {
  const { run, records } = sumProject();
  expect(SUM['four.ts']).toContain('(4)');
  const failed = await run(['run', 'sum.ts', '--fail-if', 'sum.sum < 7', '--fail-if', 'sum.sum == 6', '--fail-if', 'sum.sum > 6']);
  expect(failed.code).toBe(5);
  expect(failed.stderr).toMatch(/✖ E_RESULT sum\.sum is 6, which is < 7; sum\.sum is 6, which is == 6\.\n/);
  expect(records()).toMatchObject([{ status: 'ok', exitCode: 5 }]);
  const json = await run(['run', 'sum.ts', '--fail-if', 'sum.sum < 7', '--json']);
  expect(json.code).toBe(5);
  expect(json.stdout).toMatch(/\{"type":"run-finished","status":"ok".*\}\n$/);
  const wrong = await run(['run', 'sum.ts', '--fail-if', 'summ.sum < 7']);
  expect({ code: wrong.code, runs: records().length }).toEqual({ code: 2, runs: 2 });
  expect((await run(['run', 'sum.ts', '--fail-if', 'sum.sum < 6'])).code).toBe(0);
});
