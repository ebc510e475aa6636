// What the engine itself costs: fifty stages that do nothing, in a process of their own, from the start of the run to its
// end. Starting Node and loading the file do not count.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT } from './coldStart.ts';
import type { Sample, Task } from '../harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIFTY = `import { pipeline, stage } from 'pipeline-gpu';
const stages = Array.from({ length: 50 }, (_, i) =>
  stage({ id: \`s\${i}\`, needs: i === 0 ? [] : [\`x\${i - 1}\`], provides: [\`x\${i}\`], params: { i }, run: () => ({ [\`x\${i}\`]: Float64Array.of(i) }) }));
export default pipeline('fifty', ...stages);
`;

export function overheadTasks(): readonly Task[] {
  if (!existsSync(BUILT)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'fifty.js'), FIFTY);
  const task = { group: 'overhead', engine: 'pipeline-gpu', repeats: { full: 9, quick: 2 } } as const;
  let written = 0;
  return [
    { ...task, name: 'overhead', title: '50 empty stages, nothing kept', sample: async () => runFifty(folder, 'none', '--no-cache') },
    { ...task, name: 'overhead-written', title: '50 empty stages, each result written', sample: async () => runFifty(folder, `new-${written++}`) },
    { ...task, name: 'overhead-cached', title: '50 empty stages, each from the cache', sample: async () => runFifty(folder, 'kept') },
  ];
}

function runFifty(folder: string, cache: string, ...args: readonly string[]): Sample {
  const env = { ...process.env, PIPELINE_CACHE: join(folder, cache), PIPELINE_RUNS: join(folder, 'runs') };
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/pipeline.js'), 'run', 'fifty.js', '--json', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? 'null') as { readonly status?: string; readonly ms: number } | null;
  if (last?.status !== 'ok') throw new Error(`fifty stages ended with ${stderr}`);
  return { ms: last.ms };
}
