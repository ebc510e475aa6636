// What a system's error is, and one cure: a path that is wrong, a network that did not answer. Codes are Node's; browsers
// give a network's failure a sentence and no code.
import { chainOf, fieldOf, reasonOf, systemCode } from './thrown.ts';

const NETWORK =
  /^(ECONN\w+|ETIMEDOUT|EPIPE|EAI_\w+|ENOTFOUND|ENETDOWN|ENETUNREACH|EHOSTDOWN|EHOSTUNREACH|HPE_\w+|UND_ERR_(?!INVALID_ARG|INVALID_RETURN|NOT_SUPPORTED|ABORTED)\w+)$/;
/** What `fetch` rejects with, in Node, Chromium, Firefox and Safari; all of them make it a TypeError. */
const FETCH = /^(fetch failed|terminated|failed to fetch|load failed|network ?error)/i;
/** A request that fails alike whenever it is made. */
const NEVER = /^(unknown scheme|bad port|invalid url|failed to parse url)/i;

const NO_URL = /^(invalid url|failed to parse url)/i;

/** Whether the network failed, so that another try may go well. */
export function isNetworkFailure(thrown: unknown): boolean {
  const chain = chainOf(thrown);
  if (chain.some((one) => NETWORK.test(systemCode(one) ?? ''))) return true;
  if (chain.some((one) => NEVER.test(reasonOf(one)) || systemCode(one)?.startsWith('ERR_'))) return false;
  return chain.some((one) => fieldOf(one, 'name') === 'TypeError' && FETCH.test(reasonOf(one)));
}

/** The cure for a system's error; undefined for any other. */
export function systemCure(thrown: unknown): string | undefined {
  if (isNetworkFailure(thrown)) return 'Check that the address is right and its server answers; withPolicy(stage, { retries: 3 }) tries again.';
  if (chainOf(thrown).some((one) => NO_URL.test(reasonOf(one)))) return 'Give a full URL, such as https://example.org/data.csv; files are read by node:fs.';
  for (const one of chainOf(thrown)) {
    if (systemCode(one) === 'ENOENT' && String(fieldOf(one, 'syscall')).startsWith('spawn')) {
      return `Check that the program ${fileName(fieldOf(one, 'path'))} is installed, and on the PATH.`;
    }
    const cure = fileCure(systemCode(one), fieldOf(one, 'path'));
    if (cure !== undefined) return cure;
  }
  return undefined;
}

function fileCure(code: string | undefined, path: unknown): string | undefined {
  const file = fileName(path);
  switch (code) {
    case 'ENOENT':
      return `Check that ${file} is there${isRelative(path) ? `: a relative path starts from ${here()}` : ''}. new URL('data.csv', import.meta.url) names a file from where the code stands.`;
    case 'ENOTDIR':
      return `Check that every part of the path to ${file} is a folder.`;
    case 'EISDIR':
      return `Name a file: ${file} is a folder.`;
    case 'EACCES':
    case 'EPERM':
      return `Get permission to use ${file}, or name another one.`;
    case 'EEXIST':
      return `Remove ${file}, or name another one.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `Free some space on the disk of ${file}.`;
    case 'EROFS':
      return `Write elsewhere: the disk of ${file} can only be read.`;
    case 'EMFILE':
      return 'Open fewer files at once.';
    default:
      return undefined;
  }
}

function fileName(path: unknown): string {
  return typeof path === 'string' || path instanceof URL ? `'${String(path)}'` : 'the file';
}

function isRelative(path: unknown): boolean {
  return typeof path === 'string' && !/^(\/|[A-Za-z]:[\\/]|\\\\|file:)/.test(path);
}

/** Where relative paths begin, where there is such a place. */
function here(): string {
  const { process } = globalThis as { readonly process?: { readonly cwd?: () => string } };
  return process?.cwd?.() ?? 'the current folder';
}
