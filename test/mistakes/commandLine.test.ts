// Mistakes on the command line that would cost something.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUM, sumProject } from '../support/project.ts';

test('a report is never written over a file that is none, and that is said before the run', async () => {
  const { folder, run } = sumProject();
  mkdirSync(join(folder, 'reports'));
  for (const [name, what] of [
    ['sum.ts', 'a file that is not a report'],
    ['reports', 'a folder'],
  ] as const) {
    const { code, stdout, stderr } = await run(['run', 'sum.ts', '--report', name]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^✖ E_USAGE The report cannot be written to (.*/)?${name}: ${what} is there\\.\\n {2}try: Name a file that ends in \\.html\\.\\n$`),
    );
  }
  expect(readFileSync(join(folder, 'sum.ts'), 'utf8')).toBe(SUM['sum.ts']);
  expect((await run(['run', 'sum.ts', '--report', 'report.html'])).code).toBe(0);
  expect((await run(['run', 'sum.ts', '--report', 'report.html'])).code).toBe(0);
  expect((await run(['report', '--out', 'sum.ts'])).code).toBe(2);
  expect(readFileSync(join(folder, 'sum.ts'), 'utf8')).toBe(SUM['sum.ts']);
});
