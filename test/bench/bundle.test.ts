// What the bundle for other machines runs there, where an adapter is not there. test/long/bundle.test.ts makes one
// and runs it whole.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';

test('an adapter that is not there ends it at once, with what there is in its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-bundle-'));
  try {
    const file = join(folder, 'result.json');
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/bundle/all.ts', '--adapter', 'nosuch', file], { cwd: ROOT });
    await expect(run).rejects.toMatchObject({ code: 4, stderr: expect.stringContaining('NO SUCH ADAPTER: nosuch.') });
    const result = JSON.parse(readFileSync(file, 'utf8')) as { readonly diagnosis: { readonly checks: readonly { readonly check: string }[] } };
    expect(result).toMatchObject({ type: 'bench-bundle', schema: 1, status: 'no-adapter', diagnosis: { status: 'fail' } });
    expect(result.diagnosis.checks.map(({ check }) => check)).toContain('adapter');
    expect(result.diagnosis.checks.map(({ check }) => check)).not.toContain('cache'); // a path of this machine
  } finally {
    rmSync(folder, { recursive: true });
  }
});
