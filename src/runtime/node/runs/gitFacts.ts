// What git says of the folder of a pipeline file: a record names the code that a run came from.
import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import type { GitFacts } from '../../../core/runRecord.ts';

/** A run does not wait longer for it. */
const LIMIT_MS = 1000;

/** Undefined outside a repository, before its first commit, without git, and where git takes long. */
export async function gitFacts(file: string): Promise<GitFacts | undefined> {
  const git = async (...args: readonly string[]): Promise<readonly string[]> => {
    // Asking must not write: another git may be at work.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' };
    const { stdout } = await promisify(execFile)('git', ['status', ...args], { cwd: dirname(file), env, timeout: LIMIT_MS, maxBuffer: 1 << 24 });
    return stdout.split('\n').filter((line) => line !== '');
  };
  try {
    const [tracked, own] = await Promise.all([
      git('--porcelain=v2', '--branch', '--untracked-files=no'),
      git('--porcelain', '--untracked-files=all', '--', basename(file)),
    ]);
    const commit = /^# branch\.oid ([0-9a-f]+)$/.exec(tracked.find((line) => line.startsWith('# branch.oid ')) ?? '')?.[1];
    return commit === undefined ? undefined : { commit, dirty: own.length > 0 || tracked.some((line) => !line.startsWith('#')) };
  } catch {
    return undefined;
  }
}
