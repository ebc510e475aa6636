// The site of guides and reference that `npm run reference` makes; its tool comes from npm, beside the packages of this one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';

const SITE = join(ROOT, '.pipeline/reference');

test('functions, their options and the guides are in it', { timeout: 300_000 }, () => {
  execFileSync('npm', ['run', 'reference'], { cwd: ROOT, stdio: 'pipe' });
  const page = (path: string): string => readFileSync(join(SITE, path), 'utf8').replaceAll(/<[^>]*>/g, '');
  expect(page('functions/index.split.html')).toContain('train_test_split(test_size=test');
  expect(page('interfaces/index.LogisticRegressionOptions.html')).toContain('tol');
  expect(page('documents/numerics.html')).toContain('float64');
});
