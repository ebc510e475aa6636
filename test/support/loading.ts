// Loads pipeline files as the command line does, many in one process.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './cli.ts';

/** What `loadPipeline` of the built command line says of each file, in one process that stands in the folder. */
export async function loading(folder: string, names: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const script = `import { loadPipeline } from ${JSON.stringify(`${ROOT}/dist/load.js`)};
import { errorSummary } from ${JSON.stringify(`${ROOT}/dist/events.js`)};
const told = [];
for (const name of process.argv.slice(1)) told.push(await loadPipeline(name).then(({ pipeline }) => ({ loaded: pipeline.name }), errorSummary));
console.log(JSON.stringify(told));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...names], {
    cwd: folder,
    env: { ...process.env, PIPELINE_CACHE: join(folder, 'cache') },
  });
  return JSON.parse(stdout) as readonly Record<string, unknown>[];
}
