// What a record says of the repository that a pipeline file is in.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitFacts } from '../../../src/runtime/node/runs/gitFacts.ts';
import { tempFolder } from '../../support/files.ts';

test('a commit, and whether what ran differs from it; nothing outside a repository or before a commit', async () => {
  const folder = tempFolder();
  const file = join(folder, 'pipeline.ts');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: folder, encoding: 'utf8' }).trim();
  writeFileSync(file, '1');
  expect(await gitFacts(file)).toBeUndefined();
  git('init', '-q');
  expect(await gitFacts(file)).toBeUndefined();
  writeFileSync(join(folder, 'other.ts'), '1');
  git('add', 'other.ts');
  git('commit', '-q', '-m', 'first');
  const commit = git('rev-parse', 'HEAD');
  // A pipeline file that is in no commit.
  expect(await gitFacts(file)).toEqual({ commit, dirty: true });
  git('add', '.');
  git('commit', '-q', '-m', 'second');
  const second = git('rev-parse', 'HEAD');
  writeFileSync(join(folder, 'report.html'), 'a by-product');
  expect(await gitFacts(file)).toEqual({ commit: second, dirty: false });
  writeFileSync(join(folder, 'other.ts'), '2');
  expect(await gitFacts(file)).toEqual({ commit: second, dirty: true });
  expect(await gitFacts(join(folder, 'gone', 'pipeline.ts'))).toBeUndefined();
});
