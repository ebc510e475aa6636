// Where this package keeps files on this machine. Everything here can be deleted at any time and is made again.
import { resolve } from 'node:path';
import envPaths from 'env-paths';

/**
 * The cache folder: `PIPELINE_CACHE` where set, else the platform's own place (`~/.cache/pipeline-gpu` or under
 * `XDG_CACHE_HOME` on Linux, `~/Library/Caches/pipeline-gpu` on macOS, `%LOCALAPPDATA%\pipeline-gpu\Cache` on Windows).
 * Nothing is created here.
 */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const chosen = env['PIPELINE_CACHE'];
  return chosen ? resolve(chosen) : envPaths('pipeline-gpu', { suffix: '' }).cache;
}
