// Records of runs, from outside: what is written, listed, compared, explained and planned.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { jsonLines } from '../support/cli.ts';
import { SUM, sumProject } from '../support/project.ts';

test('a run leaves its events and a record; the next ones are listed, compared and explained', { timeout: 180_000 }, async () => {
  const { folder, write, run, records } = sumProject();
  expect((await run(['explain', 'sum.ts', 'report'])).stdout).toBe('report runs: it never ran.\n');
  const first = await run(['run', 'sum.ts', '--json']);
  expect(first.code).toBe(0);
  const [record] = records();
  expect(record).toMatchObject({
    schema: 1,
    id: expect.stringMatching(/^\d{8}-\d{6}-[0-9a-f]{4}$/),
    pipeline: 'sum',
    file: join(folder, 'sum.ts'),
    status: 'ok',
    exitCode: 0,
    seed: 0,
    command: 'pipeline run sum.ts --json --no-check',
    source: SUM['sum.ts'],
    version: expect.stringMatching(/^\d+\./),
    machine: { node: process.versions.node },
    stages: [
      { path: 'numbers', status: 'ran', at: expect.any(Number), params: { count: 4 }, key: expect.any(String), parts: { 'param count': '4' } },
      { path: 'sum', status: 'ran', output: { sum: 6 }, parts: { 'code helper.ts': expect.any(String) } },
      { path: 'report', status: 'ran', params: { digits: 2 }, output: { report: '6.00' } },
    ],
  });
  // The file holds the very lines that --json gave.
  expect(readFileSync(join(folder, '.pipeline/runs', record!.id, 'events.jsonl'), 'utf8')).toBe(first.stdout);

  write('four.ts', SUM['four.ts'].replace('(4)', '(5)'));
  expect((await run(['explain', 'sum.ts', 'report'])).stdout).toBe(
    "report runs: its input 'sum' changed, because stage numbers's param count changed from 4 to 5. " +
      'If numbers provides the same as then, report comes from the cache.\n',
  );
  const plan = await run(['run', 'sum.ts', '--dry-run', '--json']);
  expect(jsonLines(plan.stdout)).toMatchObject([
    {
      type: 'plan',
      stages: [
        { stage: 'numbers', does: 'runs', why: 'its param count changed from 4 to 5', lastMs: expect.any(Number) },
        { stage: 'sum', does: 'waits', why: 'unknown until numbers ran', until: ['numbers'] },
        { stage: 'report', does: 'waits', why: 'unknown until numbers ran', until: ['numbers'] },
      ],
    },
  ]);
  expect(records()).toHaveLength(1);

  write('four.ts', SUM['four.ts']);
  write('helper.ts', 'export const add = (a: number, b: number): number => a + 2 * b;\n');
  expect((await run(['explain', 'sum.ts', 'sum'])).stdout).toBe('sum runs: its code changed in helper.ts.\n');
  expect((await run(['run', 'sum.ts', '--dry-run'])).stdout).toMatch(/^numbers +cached .*\nsum +runs .*its code changed in helper\.ts\nreport +(runs|waits) /m);
  await run(['run', 'sum.ts']);

  // Nothing below changes anything: all at once.
  const { id } = record!;
  const [list, diff, diffJson, showJson, show, ...unknown] = await Promise.all(
    [
      ['runs'],
      ['runs', 'diff', 'last~1', 'last'],
      ['runs', 'diff', id, 'last', '--json'],
      ['runs', 'show', id.slice(0, -1), '--json'],
      ['runs', 'show'],
      ['runs', 'show', '19991231'],
      ['runs', 'show', 'last~2'],
    ].map((args) => run(args)),
  );
  expect(list!.code).toBe(0);
  const [head, latest, oldest] = list!.stdout.split('\n');
  expect(head).toMatch(/^id +pipeline +status +score +when +took +ran +cached$/);
  expect(latest).toMatch(/^\d{8}-\d{6}-[0-9a-f]{4} +sum +ok +mean score 12 +(just now|\d min ago) +\S+ m?s +2 +1$/);
  expect(oldest).toContain(id);
  expect(diff!.stdout).toMatch(/^sum {2}ran -> ran, .*\n {2}key +code (helper|stages)\.ts +[0-9a-f]{8} -> [0-9a-f]{8}\n {2}output +sum +6 -> 12 \(\+6\)$/m);
  expect(jsonLines(diffJson!.stdout)).toMatchObject([
    { stages: [{ status: ['ran', 'cached'], parts: [] }, { outputs: [{ name: 'sum', before: 6, after: 12 }] }, {}] },
  ]);
  expect(jsonLines(showJson!.stdout)).toEqual([record]);
  expect(show!.stdout).toMatch(/^ {2}sum +ran .*sum 12$/m);
  for (const { code, stderr } of unknown) {
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`E_USAGE No run '(19991231|last~2)'[\\s\\S]*try: Did you mean ${id.slice(0, 8)}`));
  }
});

test('a record that says running is an interrupted one once its process is gone; only 200 runs are kept', async () => {
  const { folder, run, records } = sumProject();
  await run(['run', 'sum.ts']);
  const [record] = records();
  for (let i = 0; i < 205; i++) {
    const id = `20200101-000000-${i.toString(16).padStart(4, '0')}`;
    mkdirSync(join(folder, '.pipeline/runs', id));
    const dead = { ...record, id, status: 'running', pid: 2 ** 22 + 1, started: `2020-01-01T00:00:00.${String(i).padStart(3, '0')}Z` };
    writeFileSync(join(folder, '.pipeline/runs', id, 'run.json'), JSON.stringify(dead));
  }
  await run(['run', 'sum.ts']);
  expect(records()).toHaveLength(200);
  const listed = jsonLines((await run(['runs', '--json'])).stdout) as never as RunRecord[];
  expect(listed.map(({ status }) => status)).toEqual([...Array.from({ length: 198 }, () => 'interrupted'), 'ok', 'ok']);
});

test('what is no record of a run is left out, by every reader', { timeout: 120_000 }, async () => {
  const { folder, run, records } = sumProject();
  await run(['run', 'sum.ts']);
  const [record] = records();
  const bad = (id: string) => [
    { schema: 1, id },
    null,
    [],
    'text',
    { ...record, id, started: 'today' },
    { ...record, id, stages: undefined },
    { ...record, id, stages: [null] },
    { ...record, id, stages: [{ path: 'sum', status: 'ran' }] },
    { ...record, id, machine: null },
    { ...record, id, error: 'failed' },
    { ...record, id, git: 'clean' },
  ];
  for (const i of bad('').keys()) {
    const id = `29990101-000000-000${i.toString(16)}`;
    mkdirSync(join(folder, '.pipeline/runs', id));
    writeFileSync(join(folder, '.pipeline/runs', id, 'run.json'), JSON.stringify(bad(id)[i]));
  }
  const readers = [
    ['runs'],
    ['runs', '--json'],
    ['runs', 'show'],
    ['runs', 'diff', 'last', 'last'],
    ['explain', 'sum.ts', 'sum'],
    ['report'],
    ['look'],
    ['run', 'sum.ts', '--dry-run'],
  ];
  for (const args of readers) expect({ args, ...(await run(args)) }).toMatchObject({ code: 0, stderr: '' });
  expect(jsonLines((await run(['runs', '--json'])).stdout)).toEqual([record]);
});

test('PIPELINE_RUNS moves the runs; a folder that cannot be written is one warning and no failure', async () => {
  const { folder, run } = sumProject();
  expect((await run(['run', 'sum.ts'], { env: { PIPELINE_RUNS: join(folder, 'elsewhere') } })).code).toBe(0);
  expect(readdirSync(join(folder, 'elsewhere')).toSorted()).toEqual([expect.stringMatching(/^\d{8}-/), 'last-number']);
  // A file in its place: root may write into any folder.
  const { code, stderr } = await run(['run', 'sum.ts'], { env: { PIPELINE_RUNS: join(folder, 'package.json') } });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^! This run is not recorded in .*\n$/);
  expect(existsSync(join(folder, '.pipeline'))).toBe(false);
});

test('a dry run tells sizes where facts are known, and loads nothing', async () => {
  const { write, run, folder } = sumProject();
  write(
    'rows.ts',
    `import { fetch, fit, logisticRegression, pipeline, split } from 'pipeline-gpu';
const source = { name: 'rows', digest: 'rows', facts: { rows: 1000, cols: 8, dtype: 'u8' as const, classes: [0, 1] },
  load: async () => { throw new Error('loaded'); } };
export default pipeline('rows', fetch(source), split({ train: [0, 512], test: [512, 1000] }), fit(logisticRegression()));
`,
  );
  const { code, stdout } = await run(['run', 'rows.ts', '--dry-run', '--json']);
  expect(code).toBe(0);
  const [{ stages }] = jsonLines(stdout) as never as readonly [{ stages: readonly { rowBytes?: number; deviceBytes?: number }[] }];
  expect(stages[0]).toMatchObject({ stage: 'fetch', does: 'runs', why: 'it never ran', rowBytes: 8000 });
  expect(stages[2]).toMatchObject({ stage: 'fit', does: 'waits', until: ['fetch'] });
  expect(stages[2]!.deviceBytes).toBeGreaterThan(512 * 8);
  expect(existsSync(join(folder, '.pipeline'))).toBe(false);
});
