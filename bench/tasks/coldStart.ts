// What someone who types `pipeline run` waits for: a process of its own, from its start to its end and to its first sign
// of learning. Once with the caches as they are, once with empty ones, as on the first run ever.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sample, Task } from '../harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILT = join(ROOT, 'dist/main.js');

/** @param adapter as for `pipeline run` */
export function coldStartTasks(adapter: string | undefined): readonly Task[] {
  if (!existsSync(BUILT)) return [];
  const task = { group: 'cold-start', engine: 'pipeline-gpu', ratioTo: 'fit', warm: async () => {} } as const;
  return [
    {
      ...task,
      name: 'cold-start',
      title: 'pipeline run mnist-2detector.ts',
      repeats: { full: 5, quick: 2 },
      sample: () => runOnce(adapter, {}),
    },
    {
      ...task,
      name: 'first-run',
      title: 'the same, caches empty',
      repeats: { full: 3, quick: 1 },
      sample: async () => {
        const folder = mkdtempSync(join(tmpdir(), 'pipeline-bench-'));
        try {
          return await runOnce(adapter, { PIPELINE_CACHE: join(folder, 'cache'), MESA_SHADER_CACHE_DIR: join(folder, 'shaders') });
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    },
  ];
}

function runOnce(adapter: string | undefined, env: Readonly<Record<string, string>>): Promise<Sample> {
  const args = [join(ROOT, 'bin/pipeline.js'), 'run', 'mnist-2detector.ts', '--json', '--offline', ...(adapter === undefined ? [] : ['--adapter', adapter])];
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let firstProgressMs: number | undefined;
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (firstProgressMs === undefined && output.includes('"fit-progress"')) firstProgressMs = performance.now() - started;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - started;
      if (code === 0) resolve({ ms, facts: { firstProgressMs } });
      else reject(new Error(`pipeline run ended with ${code}: ${errors || output.slice(-500)}`));
    });
  });
}

/** Why cold starts may not tell about the sources as they are now. */
export function buildNote(): string | undefined {
  if (!existsSync(BUILT)) return 'csv, cold start and overhead left out: dist/ is missing, run npm run build';
  const newest = Math.max(...readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => statSync(join(ROOT, 'src', path)).mtimeMs));
  return newest > statSync(BUILT).mtimeMs ? 'csv, cold start and overhead run dist/, which is older than src/: run npm run build' : undefined;
}
