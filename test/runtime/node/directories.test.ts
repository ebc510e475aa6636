// Where the cache is, with a home folder and without one. What asks the system for a user is replaced in a child process:
// whoever runs this has a name.
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cacheDirectory, cacheNote } from '../../../src/runtime/node/directories.ts';
import { cli } from '../../support/cli.ts';
import { tempFolder } from '../../support/files.ts';

const HOME = join(userInfo().homedir, process.platform === 'darwin' ? 'Library/Caches/pipeline-gpu' : '.cache/pipeline-gpu');

test('the cache is where it was asked for, else in the home folder, and never in the current one', () => {
  expect(cacheDirectory({ PIPELINE_CACHE: '/a', HOME: '/h' })).toBe('/a');
  expect(cacheDirectory({ PIPELINE_CACHE: 'a' })).toBe(resolve('a'));
  expect(cacheDirectory({ HOME: '/h' })).toMatch(/^\/h\/(\.cache|Library\/Caches)\/pipeline-gpu$/);
  for (const env of [{}, { HOME: '' }, { HOME: '.' }, { HOME: '', XDG_CACHE_HOME: 'x', PIPELINE_CACHE: '' }]) expect(cacheDirectory(env)).toBe(HOME);
  expect(cacheNote({ HOME: '' })).toBeUndefined();
});

test('a user that the system has no name for keeps results in a folder of its own, is told so, and needs no home', async () => {
  const folder = tempFolder();
  const preload = join(folder, 'nameless.mjs');
  writeFileSync(
    preload,
    `import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
os.homedir = os.userInfo = () => { throw new Error('no such user'); };
syncBuiltinESMExports();`,
  );
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const env = { HOME: '', XDG_CACHE_HOME: '', PIPELINE_CACHE: '', TMPDIR: temporary, NODE_OPTIONS: `--import ${preload}` };
  const own = join(temporary, `pipeline-gpu-${process.getuid!()}`);
  const info = await cli(['cache', 'info'], { cwd: folder, env });
  expect(info).toMatchObject({ code: 0, stderr: `! No home folder is known, so results are kept in ${own}. Set PIPELINE_CACHE to a folder of your own.\n` });
  expect(info.stdout).toContain(`${own}/stages\n`);
  expect(statSync(own).mode & 0o777).toBe(0o700);
  const doctor = await cli(['doctor'], { cwd: folder, env: { ...env, PIPELINE_CACHE: join(folder, 'chosen') } });
  expect(doctor.stderr).not.toContain('No home folder');
  expect(doctor.stdout).toContain(join(folder, 'chosen'));
  // What others may write to may hold others' code.
  chmodSync(own, 0o777);
  const refused = await cli(['cache', 'info'], { cwd: folder, env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /E_USAGE No home folder is known, and .* is not private to this user\.\n {2}try: Set PIPELINE_CACHE to a folder of your own\.\n/,
  );
  rmSync(own, { recursive: true });
  expect(readdirSync(folder).toSorted()).toEqual(['chosen', 'nameless.mjs', 'tmp']);
});
