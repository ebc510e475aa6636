// A headless Chromium with WebGPU on a machine without a GPU: the system's, or the one that the optional package
// @sparticuz/chromium carries. No browser is a failure of the tests that need one, never a skip.
//
// Tried on Linux x64 with Debian's Chromium 156 and the package's 147: `--enable-unsafe-webgpu` alone makes
// `requestAdapter()` give SwiftShader where there is no GPU, without it the answer is null. `--use-webgpu-adapter` keeps a
// GPU from being chosen on machines that have one, so that every machine tests the same. `--no-sandbox` is for root.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Pages reach this machine and nothing else.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

interface Executable {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @param flags more of Chromium's, or the same with another value, which wins */
export async function startChromium(flags: readonly string[] = []): Promise<Browser> {
  const { path, env } = systemChromium() ?? packagedChromium();
  return chromium.launch({ executablePath: path, env: { ...process.env, ...env }, args: [...FLAGS, ...flags] });
}

/** What CHROMIUM names, or the first browser on the PATH. */
function systemChromium(): Executable | undefined {
  const chosen = process.env['CHROMIUM'];
  if (chosen) return { path: chosen, env: {} };
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const path = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : { path, env: {} };
}

/** Unpacked once into the temporary folder. Processes may race: each unpacks into its own folder and renames it into place. */
function packagedChromium(): Executable {
  const archives = packageArchives();
  const { version } = JSON.parse(readFileSync(join(archives, '..', 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `pipeline-gpu-chromium-${version}`);
  if (!existsSync(folder)) {
    const fresh = mkdtempSync(`${folder}-`);
    const unpack = (name: string): Buffer => brotliDecompressSync(readFileSync(join(archives, name)));
    writeFileSync(join(fresh, 'chromium'), unpack('chromium.br'));
    chmodSync(join(fresh, 'chromium'), 0o755);
    // NSS and expat, which a bare system lacks.
    for (const archive of ['swiftshader.tar.br', 'al2023.tar.br']) execFileSync('tar', ['-x', '-C', fresh], { input: unpack(archive) });
    try {
      renameSync(fresh, folder);
    } catch {
      rmSync(fresh, { recursive: true });
    }
  }
  return { path: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: join(folder, 'lib') } };
}

function packageArchives(): string {
  const cure = 'Install one (Debian: apt-get install chromium), name one in CHROMIUM, or run npm install without --omit=optional.';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`No Chromium on the PATH, and the package @sparticuz/chromium is for Linux x64 only. ${cure}`);
  }
  try {
    // build/cjs/index.cjs
    return join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..', 'bin');
  } catch {
    throw new Error(`No Chromium on the PATH, and the optional package @sparticuz/chromium is not installed. ${cure}`);
  }
}
