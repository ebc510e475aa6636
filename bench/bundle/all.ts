// All that this machine's adapter has to say, as one JSON file: what it is, every kernel against its float64 reference, the fastest form of
// each, and the bench beside what the device can do at its best. Each part is a process of its own, and the file is written after each: a
// driver that dies, or never answers, takes one part along.
// usage: tsx bench/bundle/all.ts [--quick] [--adapter NAME] [FILE.json]
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../src/core/errors/errors.ts';
import type { Diagnosis } from '../../src/runtime/node/doctor/doctor.ts';
import { vulkanDrivers } from '../../src/runtime/node/device/installHints.ts';
import { describeMachine, currentLoad } from '../machine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Written when the bundle is made. */
const BUILT = join(ROOT, 'built.json');
/** Those that need nothing but the device: no other packages, no Python, no table of 80 MB. */
const GROUPS =
  'evaluation,fit,fit-cv,grid-walked,softmax,solver,neighbors,clusters,components,forest,boosting,descent,descent-folds,svc,svc-grid,perceptron,sparse,upload';
/** Where containers with a GPU often have a driver's manifest that no Vulkan loader looks at. */
const OTHER_DRIVERS = '/usr/local/nvidia/share/vulkan/icd.d';
const MINUTE = 60_000;
/** Of Mesa's drivers, each time that one is opened. */
const DAWN_NOTICE = /^Warning: maxDynamic\w+ artificially reduced .*\n/gm;
/** As for the command line. */
const DEVICE = 4;
const USAGE = 2;

interface Part {
  readonly name: string;
  readonly args: readonly string[];
  readonly minutes: number;
  /** Its lines of JSON, as what is kept of them. */
  readonly kept: (lines: readonly Record<string, unknown>[]) => object;
}

const { values, positionals } = given();
const file = resolve(positionals[0] ?? 'pipeline-gpu-bench.json');
const onAdapter = values.adapter === undefined ? [] : ['--adapter', values.adapter];
const quick = values.quick ? ['--quick'] : [];
const pipeline = (...args: readonly string[]): readonly string[] => [join(ROOT, 'bin/pipeline.js'), ...args, '--json', ...onAdapter];
const script = (name: string, ...args: readonly string[]): readonly string[] => [...process.execArgv, join(ROOT, 'bench', name), ...args, ...onAdapter];
const last = (lines: readonly Record<string, unknown>[]): object => lines.at(-1)!;

const PARTS: readonly Part[] = [
  { name: 'adapter', args: script('bundle/adapter.ts'), minutes: 5, kept: last },
  { name: 'selfTest', args: pipeline('doctor', '--self-test'), minutes: 20, kept: (lines) => ({ ...lines.at(-1), kernels: lines.slice(0, -1) }) },
  ...(values.quick ? [] : [{ name: 'tuned', args: pipeline('doctor', '--tune'), minutes: 30, kept: last }]),
  { name: 'bench', args: script('run.ts', '--json', '-', '--no-sklearn', '--only', GROUPS, ...quick), minutes: 90, kept: last },
];

const result: Record<string, unknown> = {
  type: 'bench-bundle',
  schema: 1,
  status: 'running',
  quick: values.quick,
  ...(existsSync(BUILT) ? { built: JSON.parse(readFileSync(BUILT, 'utf8')) as object } : {}),
};
/** Where this was unpacked is nobody's business. */
const write = (): void => writeFileSync(file, `${JSON.stringify(result, null, 2).replaceAll(ROOT, '')}\n`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

let running: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    running?.kill('SIGKILL');
    process.exit(143);
  });
}

if (vulkanDrivers(process.env)?.length === 0 && existsSync(OTHER_DRIVERS)) {
  const found = readdirSync(OTHER_DRIVERS).filter((name) => name.endsWith('.json'));
  process.env['VK_DRIVER_FILES'] = found.map((name) => join(OTHER_DRIVERS, name)).join(':');
}
try {
  write();
} catch (error) {
  say(`${file} cannot be written: ${reasonOf(error)}. Name another file behind the command.`);
  process.exit(USAGE);
}
const load = currentLoad();
say('1: what is here');
const found = await run({ name: 'diagnosis', args: pipeline('doctor'), minutes: 5, kept: last });
const { checks = [], candidates = [], adapter, failure } = found as Partial<Diagnosis> & { readonly failure?: string };
// Where caches and data are is the machine's own business.
result['diagnosis'] = { ...found, checks: checks.filter(({ check }) => check !== 'cache' && check !== 'datasets') };
if (!adapter) {
  result['status'] = failure === undefined ? 'no-adapter' : 'fail';
  write();
  const others = candidates.some(({ summary }) => summary);
  if (failure !== undefined) say(`NOT ALL WELL: the search for adapters failed: ${failure}`);
  else
    say(
      others
        ? `NO SUCH ADAPTER: ${values.adapter ?? process.env['PIPELINE_ADAPTER']}.`
        : 'NO VULKAN DRIVER that WebGPU accepts is on this machine. Install the driver of its GPU with its Vulkan part.',
    );
  say(`What was found is in ${file}:`);
  for (const { check, status, text } of checks) if (status !== 'ok') say(`  ${check}: ${text}`);
  process.exit(DEVICE);
}
const machine = describeMachine(adapter, load);
result['machine'] = machine;
say(`   ${adapter.name}, driver ${adapter.driver}`);
const failed: string[] = [];
for (const [i, part] of PARTS.entries()) {
  say(`${i + 2}: ${part.name}`);
  const outcome = await run(part);
  result[part.name] = outcome;
  if ('failure' in outcome || ('status' in outcome && outcome.status === 'fail')) failed.push(part.name);
  write();
}
result['status'] = failed.length > 0 ? 'fail' : 'ok';
write();
say(failed.length > 0 ? `NOT ALL WELL: ${failed.join(', ')}; see ${file}` : `All is well; the result is ${file}`);
process.exitCode = failed.length > 0 ? DEVICE : 0;

/** What the command line says. */
function given() {
  try {
    return parseArgs({ allowPositionals: true, options: { adapter: { type: 'string' }, quick: { type: 'boolean', default: false } } });
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\nusage: sh pipeline-gpu-bench.run [--quick] [--adapter NAME] [FILE.json]\n`);
    process.exit(USAGE);
  }
}

/** What a part printed, or what became of it beside what it printed until then. */
async function run({ args, minutes, kept }: Part): Promise<object> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const told = text.replaceAll(DAWN_NOTICE, '');
    errors = (errors + told).slice(-2000);
    process.stderr.write(told);
  });
  let late = false;
  const timer = setTimeout(() => (late = child.kill('SIGKILL')), minutes * MINUTE);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('error', (error) => ((errors += String(error)), resolve([null, null])));
    child.on('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  const lines = output.split('\n').flatMap(parsed);
  // A kernel's line is none to end with.
  const ended = lines.length > 0 && lines.at(-1)!['type'] !== 'kernel' && (code === 0 || code === DEVICE);
  if (ended) return kept(lines);
  const why = late ? `it took more than ${minutes} minutes` : `it ended with ${signal ?? `exit status ${code}`}`;
  return { failure: why, lines, stderr: errors };
}

/** The object in a line; none where its end was cut off. */
function parsed(line: string): readonly Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
