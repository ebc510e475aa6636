// Pipelines with a mistake each, of one file, run one after the other in one process as a user's script would.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorSummary } from '../../src/core/events.ts';
import { ROOT } from './cli.ts';
import type { Project } from './project.ts';

export interface Case {
  /** Stages of a pipeline; the line of the mistake ends in `// mistake`. */
  readonly stages: string;
}

export interface Outcome {
  readonly error?: ErrorSummary;
  readonly warnings: readonly { readonly stage: string; readonly code: string; readonly message: string; readonly hint?: string }[];
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Where the mistake is. */
  readonly place: { readonly file: string; readonly line: number };
}

const RUNNER = `import { runPipeline } from 'pipeline-gpu/node';
import { cases } from './cases.ts';
for (const make of cases) {
  const warnings = [];
  const emit = (event) => event.type === 'warning' && warnings.push(event);
  let result;
  try {
    result = await runPipeline(make(), { onEvent: emit });
  } catch (error) {
    result = { error };
  }
  const { error, outputs = {} } = result;
  const { code, message, hint, at, stage } = error ?? {};
  console.log('CASE ' + JSON.stringify({ warnings, outputs, ...(error ? { error: { code, message, hint, at, stage } } : {}) }));
}
`;

/** @param head what stands before the cases: imports, and what they share */
export async function outcomesOf(project: Project, head: string, cases: readonly Case[]): Promise<readonly Outcome[]> {
  const text = `${head}\nexport const cases = [\n${cases.map(({ stages }, i) => `() => pipeline('case-${i}',\n${stages}\n)`).join(',\n')},\n];\n`;
  const file = project.write('cases.ts', text);
  project.write('all.ts', RUNNER);
  const marked = text.split('\n').flatMap((line, i) => (line.includes('// mistake') ? [i + 1] : []));
  const stdout = await output(['--import', pathToFileURL(join(ROOT, 'node_modules/tsx/dist/esm/index.mjs')).href, 'all.ts'], project.folder);
  const lines = stdout.split('\n').filter((line) => line.startsWith('CASE '));
  return lines.map((line, i) => ({ ...(JSON.parse(line.slice(5)) as Omit<Outcome, 'place'>), place: { file, line: marked[i]! } }));
}

function output(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, PIPELINE_CACHE: join(cwd, 'cache') } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  return new Promise((resolve, reject) =>
    child.on('error', reject).on('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`exit ${code}: ${stderr}`)))),
  );
}
