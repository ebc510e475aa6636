// What is told of runs after they ended: what failed, what differs, where a report went, what the cache knew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from '../support/project.ts';

/** A stage whose output is a confusion matrix of `size` classes, filled with `count`. */
const confusing = (size: number, count: number): string => `import { pipeline, stage } from 'pipeline-gpu';
const confusion = Array.from({ length: ${size} }, () => new Array(${size}).fill(${count}));
export default pipeline('confusing', stage({ id: 'score', needs: [], provides: [], run: () => ({}), output: () => ({ testAccuracy: ${count} / 10, confusion }) }));
`;

test('a matrix that differs in many places is one line of a comparison, in a few places a line each', { timeout: 120_000 }, async () => {
  const { write, run } = project();
  for (const [size, count] of [
    [10, 1],
    [10, 2],
    [2, 3],
    [2, 4],
  ] as const) {
    write('confusing.ts', confusing(size, count));
    await run(['run', 'confusing.ts']);
  }
  const diff = async (a: string, b: string): Promise<readonly string[]> =>
    (await run(['runs', 'diff', a, b])).stdout.split('\n').filter((line) => line.includes('confusion'));
  expect(await diff('last~3', 'last~2')).toEqual([expect.stringMatching(/^ {2}output +confusion +100 values differ \(10 x 10\)$/)]);
  expect(await diff('last~2', 'last~1')).toEqual([expect.stringMatching(/^ {2}output +confusion +100 values differ: 10 x 10 -> 2 x 2$/)]);
  expect(await diff('last~1', 'last')).toHaveLength(4);
});

test('look tells what stopped a run, where, and what to try', async () => {
  const { write, run } = project();
  const file = write(
    'fails.ts',
    `import { pipeline, PipelineError, stage } from 'pipeline-gpu';
export default pipeline('fails',
  stage({ id: 'breaks', needs: [], provides: [], run: () => { throw new PipelineError('E_DATA', 'The file is empty.', { hint: 'Fill it.' }); } }));
`,
  );
  expect((await run(['run', 'fails.ts'])).code).toBe(3);
  const { code, stdout } = await run(['look', 'last']);
  expect(code).toBe(0);
  const [head, what, where, cure] = stdout.split('\n');
  expect(head).toMatch(/^fails {2}failed {2}\d{8}-/);
  expect(what).toBe('✖ E_DATA The file is empty.');
  expect(where).toMatch(new RegExp(`^  at ${file}:3:\\d+ \\(stage 'breaks'\\)$`));
  expect(cure).toBe('  try: Fill it.');
});

test('a run says where its report went; of cached results the report has the time they took', { timeout: 60_000 }, async () => {
  const { folder, write, run, records } = project();
  write(
    'slow.ts',
    `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('slow', stage({ id: 'waits', needs: [], provides: ['waited'],
  run: async () => { await new Promise((resolve) => setTimeout(resolve, 1500)); return { waited: 1 }; } }));
`,
  );
  const first = await run(['run', 'slow.ts', '--report', 'first.html']);
  expect(first.stdout).toMatch(new RegExp(`\\nreport: ${join(folder, 'first.html')}\\n$`));
  const second = await run(['run', 'slow.ts', '--json', '--report', 'second.html']);
  expect(second.stderr).toBe(`report: ${join(folder, 'second.html')}\n`);
  expect(second.stdout.split('\n').every((line) => line === '' || line.startsWith('{'))).toBe(true);
  const [ran, cached] = records().map(({ stages: [stage] }) => stage!);
  expect(ran).toMatchObject({ status: 'ran' });
  expect(ran).not.toHaveProperty('computed');
  expect(cached).toMatchObject({ status: 'cached', computed: { ms: expect.any(Number) } });
  expect(cached!.computed!.ms).toBeGreaterThan(1400);
  expect(readFileSync(join(folder, 'second.html'), 'utf8')).toMatch(/<td data-label="time">1\.\d\d s, earlier<\/td>/);
});
