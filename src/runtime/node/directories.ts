// Where this package keeps files on this machine, and where paths start from. Everything in the cache folder can be deleted
// at any time and is made again.
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { PipelineError } from '../../core/errors/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

const CACHE_CURE = 'Set PIPELINE_CACHE to a folder of your own.';
const START = startFolder();

/** A path as it was meant where the process was started: a pipeline file may have gone to another folder since. */
export function fromStart(path: string): string {
  if (START !== undefined || isAbsolute(path)) return resolve(START ?? '/', path);
  throw new PipelineError('E_USAGE', 'The current folder no longer exists.', { hint: 'Go to one that does: cd ~' });
}

function startFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** The user's home folder; undefined where there is none, as for a user id that the system has no name for. */
export function homeFolder(env: Env = process.env): string | undefined {
  const home = process.platform === 'win32' ? env['USERPROFILE'] : env['HOME'];
  if (home && isAbsolute(home)) return home;
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/**
 * The cache folder: `PIPELINE_CACHE` where it names a folder, else the platform's own place (`~/.cache/pipeline-gpu` or under
 * `XDG_CACHE_HOME` on Linux, `~/Library/Caches/pipeline-gpu` on macOS, `%LOCALAPPDATA%\pipeline-gpu\Cache` on Windows).
 * Nothing is created there. Without a home folder it is one of the user's own among the temporary files.
 *
 * @throws E_USAGE when somebody else made that one: code is kept in it
 */
export function cacheDirectory(env: Env = process.env): string {
  return placeInHome(env) ?? temporaryFolder();
}

/** `PIPELINE_CACHE` where it names a bucket, for results that machines share; all else is in the cache folder. */
export function cacheBucket(env: Env = process.env): string | undefined {
  const chosen = env['PIPELINE_CACHE'];
  return chosen !== undefined && isBucket(chosen) ? chosen : undefined;
}

export function isBucket(place: string): boolean {
  return place.startsWith('s3://');
}

/** Where results of stages are kept on this machine. */
export function stagesFolder(): string {
  return join(cacheDirectory(), 'stages');
}

/** What a user should know of where the cache is. */
export function cacheNote(env: Env = process.env): string | undefined {
  if (placeInHome(env) !== undefined) return undefined;
  return `No home folder is known, so results are kept in ${temporaryFolder()}. ${CACHE_CURE}`;
}

function placeInHome(env: Env): string | undefined {
  const chosen = env['PIPELINE_CACHE'];
  if (chosen && !isBucket(chosen)) return fromStart(chosen);
  const absolute = (name: string): string | undefined => (isAbsolute(env[name] ?? '') ? env[name] : undefined);
  const xdg = absolute('XDG_CACHE_HOME');
  if (process.platform !== 'win32' && process.platform !== 'darwin' && xdg !== undefined) return join(xdg, 'pipeline-gpu');
  const home = homeFolder(env);
  if (home === undefined) return undefined;
  if (process.platform === 'win32') return join(absolute('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'), 'pipeline-gpu', 'Cache');
  return process.platform === 'darwin' ? join(home, 'Library', 'Caches', 'pipeline-gpu') : join(home, '.cache', 'pipeline-gpu');
}

/** Anybody may make folders among the temporary files: one that is not ours alone is not used. */
function temporaryFolder(): string {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `pipeline-gpu-${uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PipelineError('E_USAGE', `No home folder is known, and ${folder} cannot be made.`, { cause: error, hint: CACHE_CURE });
    }
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
      throw new PipelineError('E_USAGE', `No home folder is known, and ${folder} is not private to this user.`, { hint: CACHE_CURE });
    }
  }
  return folder;
}
