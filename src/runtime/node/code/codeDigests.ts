// Digests of the code that decides what a stage does: of users' files, and of this package's own.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeDigests } from '../../keys/identity.ts';
import { packageFolder } from '../files/packages.ts';
import { loadText } from '../runtime.ts';
import type { CodeFiles, CodeOptions } from './codeFiles.ts';

/** Folder of this package's code: `dist`, or `src` in a checkout. */
const OWN = fileURLToPath(new URL('../../..', import.meta.url));
/** Of its folders these decide how results look, not what they are. */
const OWN_LOOKS = ['cli', 'report', 'ui'];

export interface DigestOptions extends CodeOptions {
  /** Whether files of users will be asked for: what reads them then starts at once, beside the pipeline that is being loaded. */
  readonly soon?: boolean | undefined;
}

export function nodeCodeDigests({ soon = false, ...options }: DigestOptions = {}): CodeDigests {
  let files: ReturnType<typeof codeFiles> | undefined;
  // The compiler alone takes a tenth of a run that finds all its results: stages of this package need none.
  const ofUsers = (): NonNullable<typeof files> => (files ??= codeFiles(options));
  if (soon) ofUsers().catch(() => {}); // will fail again where it is used
  const texts = new Map<string, Promise<string>>();
  let own: ReturnType<CodeDigests['packageDigests']> | undefined;
  return {
    closure: async (paths, declared) => (paths.length === 0 ? {} : (await ofUsers()).closure(paths, declared)),
    packageDigests: () => (own ??= ownDigests()),
    uses: async (paths) => (paths.length === 0 ? [] : (await ofUsers()).uses(paths)),
    held: async (functions) => (await import('./cells.ts')).heldBy(functions),
    text(url) {
      let pending = texts.get(url.href);
      if (!pending) texts.set(url.href, (pending = loadText(url)));
      return pending;
    },
  };
}

const codeFiles = async (options: CodeOptions): Promise<CodeFiles> => new (await import('./codeFiles.ts')).CodeFiles(options);

/** Read at once: a few hundred small files wait longer for their turn than they take. */
async function ownDigests(): ReturnType<CodeDigests['packageDigests']> {
  const code = createHash('sha256');
  const kernels = createHash('sha256');
  const add = (folder: string): void => {
    const found = readdirSync(`${OWN}${folder}`, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const file of found) {
      const name = `${folder}${file.name}`;
      if (file.isDirectory()) {
        if (!OWN_LOOKS.includes(name)) add(`${name}/`);
      } else if (/\.(js|ts|wgsl)$/.test(name) && !name.endsWith('.d.ts')) {
        (name.endsWith('.wgsl') ? kernels : code).update(name).update(readFileSync(`${OWN}${name}`));
      }
    }
  };
  add('');
  // It compiles the kernels.
  const webgpu = packageFolder('webgpu');
  if (webgpu !== undefined) kernels.update(readFileSync(join(webgpu, 'package.json')));
  return { code: code.digest('hex'), kernels: kernels.digest('hex') };
}

/** All of this package that decides what a result is: workers and those who ask them have the same. */
export async function ownCode(digests: CodeDigests): Promise<string> {
  const { code, kernels } = await digests.packageDigests();
  return createHash('sha256')
    .update(JSON.stringify([code, kernels]))
    .digest('hex')
    .slice(0, 16);
}
