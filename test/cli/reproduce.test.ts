// `pipeline reproduce`: figures of a run that is made again, and what decides them.
import { expect, test } from 'vitest';
import type { AdapterSummary } from '../../src/core/events.ts';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { comparison } from '../../src/cli/commands/runs/comparison.ts';
import { project } from '../support/project.ts';

const adapter = (name: string): AdapterSummary => ({ name, vendor: '', architecture: '', driver: '1', software: true });

function record(id: string, name: string, score: Readonly<Record<string, number>>): RunRecord {
  const stages = [{ path: 'score', status: 'ran', params: {}, parts: { 'code a.ts': 'x' }, output: score }];
  return { id, version: '1', adapter: adapter(name), stages } as never;
}

test('figures of one adapter are equal bit for bit, of another within the tolerance; counts of the cache are none', () => {
  const before = record('a', 'one', { accuracy: 0.5, large: 2000, modelsFromCache: 3 });
  const near = { accuracy: 0.5 + 1e-12, large: 2001 };
  expect(comparison(before, record('b', 'one', near), 1e-3)).toMatchObject({
    figures: 2,
    tolerance: undefined,
    differing: [{ name: 'accuracy' }, { name: 'large' }],
  });
  expect(comparison(before, record('b', 'two', near), 1e-3)).toMatchObject({ figures: 2, tolerance: 1e-3, differing: [] });
  expect(comparison(before, record('b', 'two', near), 1e-4).differing).toMatchObject([{ stage: 'score', name: 'large', before: 2000, after: 2001 }]);
  expect(comparison(before, record('b', 'one', { accuracy: 0.5 }), 1).differing).toMatchObject([{ name: 'large', after: undefined }]);
  expect(comparison(before, { ...record('b', 'one', {}), stages: [] }, 1).missing).toEqual(['score']);
});

test('a run again: equal, with the parameters of the record; other code is named, and other figures are exit status 5', { timeout: 120_000 }, async () => {
  const { run, write, records } = project();
  write('helper.ts', 'export const add = (a: number, b: number): number => a + b;\n');
  write(
    'made.ts',
    `import { pipeline, stage, z } from 'pipeline-gpu';
import { add } from './helper.ts';
export default pipeline('made', stage({ id: 'sum', needs: [], provides: ['sum'], schema: z.strictObject({ from: z.int().default(1) }),
  run: (_state, _context, { from }) => ({ sum: add(from, 2) }), output: ({ sum }) => ({ sum }) }));
`,
  );
  await run(['run', 'made.ts', '--set', 'sum.from=4']);
  const same = await run(['reproduce']);
  expect(same).toMatchObject({ code: 0, stderr: '' });
  expect(same.stdout).toMatch(/✔ sum +.*sum 6\n/); // nothing of it came from the cache
  expect(same.stdout).toMatch(/\n {2}code, data +as then\n {2}figures +1 of 1 equal, bit for bit\n$/);
  expect(records().map(({ stages }) => stages[0]!.params)).toEqual([{ from: 4 }, { from: 4 }]);
  write('helper.ts', 'export const add = (a: number, b: number): number => a + 2 * b;\n');
  const other = await run(['reproduce', 'last~1', '--json']);
  expect(other.code).toBe(5);
  const parts = [{ stage: 'sum', part: 'code helper.ts' }];
  expect(JSON.parse(other.stdout)).toMatchObject({ parts, figures: 1, differing: [{ stage: 'sum', name: 'sum', before: 6, after: 8 }] });
  expect(other.stderr).toMatch(/✖ E_RESULT 1 of 1 figures are not as in run \S+, the first sum\.sum\.\n/);
});

test('a run of a part is made again as that part', { timeout: 60_000 }, async () => {
  const { run, write } = project();
  const of = (id: string, needs: string, work: string): string =>
    `stage({ id: '${id}', needs: [${needs}], provides: ['${id}'], run: (${needs ? '{ a }: { readonly a: number }' : ''}) => ({ ${id}: ${work} }), output: (made) => ({ ${id}: made.${id} }) })`;
  write('parts.ts', `import { pipeline, stage } from 'pipeline-gpu';\nexport default pipeline('parts', ${of('a', '', '1')}, ${of('b', "'a'", 'a + 1')});\n`);
  await run(['run', 'parts.ts', '--no-check', '--to', 'a']);
  const { code, stdout } = await run(['reproduce']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/figures +1 of 1 equal, bit for bit/);
  expect(stdout).not.toMatch(/✔ b/);
});
