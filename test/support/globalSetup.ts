// One cache and one folder of runs for the whole suite, empty at its start: no test reads or writes what is the user's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-suite-'));
  process.env['PIPELINE_CACHE'] = join(folder, 'cache');
  process.env['PIPELINE_RUNS'] = join(folder, 'runs');
  return () => rmSync(folder, { recursive: true, force: true });
}
