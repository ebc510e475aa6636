// Parameters from the command line, as a user gives them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { RUN_FLAGS } from '../../src/cli/params.ts';
import { addRun } from '../../src/cli/commands/run/run.ts';
import { cachedProject } from '../support/cachedProject.ts';
import { jsonLines } from '../support/cli.ts';
import { project } from '../support/project.ts';

const FILE = `import { pipeline, stage, z } from 'pipeline-gpu';
const numbers = stage({ id: 'numbers', needs: [], provides: ['numbers'], seeded: true, run: (_: object, context) => ({ numbers: [context.seed() % 1000] }),
  output: ({ numbers }) => ({ numbers }) });
const other = stage({ id: 'other', needs: [], provides: ['other'], run: (_: object) => ({ other: 1 }), output: (a) => a });
export default pipeline('given', { params: z.strictObject({
  bigStep: z.number().min(0).default(10).describe('how far'), name: z.string().default('n'), loud: z.boolean().default(false) }) },
  ({ bigStep, name, loud }) => [
    numbers,
    other,
    stage({ id: 'closes', needs: [], provides: ['closed'], run: (_: object) => ({ closed: bigStep }), output: (a) => a }),
    stage({ id: 'sum', needs: ['numbers', 'other'], provides: ['sum'],
      schema: z.strictObject({ step: z.number().default(bigStep), name: z.string().default(name), loud: z.boolean().default(loud), most: z.number().or(z.literal(Infinity)).default(5) }),
      run: ({ numbers }: { numbers: number[]; other: number }, _context, params) => ({ sum: { numbers, ...params, most: String(params.most) } }), output: ({ sum }) => sum }),
  ]);
`;
const given = () => cachedProject({ 'given.ts': FILE });

test('a parameter is called by a flag as it is written', async () => {
  const user = project();
  user.write(
    'fit.ts',
    `import { pipeline, stage, z } from 'pipeline-gpu';
export default pipeline('fit', { params: z.strictObject({ C: z.number().default(1), maxIter: z.int().default(9) }) }, ({ C, maxIter }) => [
  stage({ id: 'show', needs: [], provides: [], run: () => ({}), output: () => ({ C, maxIter }) })]);`,
  );
  const last = jsonLines((await user.run(['run', 'fit.ts', '--json', '--C', '0.5', '--max-iter=3'])).stdout).at(-1);
  expect(last).toMatchObject({ status: 'ok', outputs: { show: { C: 0.5, maxIter: 3 } } });
});

test('flags, a file and --set, the later winning; the run tells what it used', async () => {
  const user = given();
  user.write('params.json', '{ "bigStep": 20, "name": "file", "stages": { "sum": { "most": 7 } } }');
  expect((await user.run('given.ts')).outputs['sum']).toMatchObject({ step: 10, name: 'n', loud: false, most: '5' });
  const { outputs, events } = await user.run('given.ts', [
    '--params',
    'params.json',
    '--big-step',
    '30',
    '--loud',
    '--set',
    'sum.step=40',
    '--set',
    'sum.most=Infinity',
    '--name=7',
  ]);
  expect(outputs['sum']).toMatchObject({ step: 40, name: '7', loud: true, most: 'Infinity' });
  expect(events[0]).toMatchObject({
    type: 'run-started',
    seed: 0,
    params: { pipeline: { bigStep: 30, name: '7', loud: true }, stages: { sum: { step: 40 } } },
  });
});

test('explain, check and graph take what run takes', { timeout: 60_000 }, async () => {
  const user = project();
  user.write('given.ts', FILE);
  user.write('params.json', '{ "stages": { "sum": { "most": 7 } } }');
  const given = ['--set', 'sum.step=3', '--params', 'params.json', '--big-step', '4', '--seed', '7'];
  await user.run(['run', 'given.ts', ...given]);
  const explained = async (stage: string, ...args: string[]): Promise<string> => (await user.run(['explain', 'given.ts', stage, ...args])).stdout;
  for (const stage of ['numbers', 'closes', 'sum'])
    expect(await explained(stage, ...given)).toMatch(`${stage} comes from the cache: nothing it depends on changed`);
  expect(await explained('numbers')).toMatch(/^numbers runs: its seed changed/);
  expect(await explained('sum', ...given, '--set', 'sum.step=5')).toBe('sum runs: its param step changed from 3 to 5.\n');
  expect(await explained('closes', ...given, '--big-step', '6')).toMatch(
    /^closes runs: its pipeline's parameters changed from \{"bigStep":4.* to \{"bigStep":6/,
  );

  const check = async (...args: string[]): Promise<readonly unknown[]> => {
    const lines = jsonLines((await user.run(['check', 'given.ts', '--json', ...args])).stdout);
    return lines.flatMap(({ type, code, message }) => (type === 'problem' && code !== 'E_TYPES' ? [`${String(code)} ${String(message)}`] : []));
  };
  expect(await check(...given.slice(0, -2))).toEqual([]);
  expect(await check('--big-step', '-1')).toEqual([expect.stringMatching(/^E_PARAMS --big-step -1: .*bigStep/)]);
  expect(await check('--set', 'sum.stp=3')).toEqual([expect.stringMatching(/^E_PARAMS --set sum\.stp=3: .*no parameter 'stp'/)]);
  expect(await check('--set', 'sum.step=3', '--big-stp', '3')).toEqual([expect.stringMatching(/^E_USAGE .*no flag --big-stp/)]);

  const drawn = await user.run(['graph', 'given.ts', '--format', 'svg', '--set', 'sum.step=77']);
  expect(drawn).toMatchObject({ code: 0, stdout: expect.stringMatching(/step 77/) });
  // A flag that graph has, too, is graph's.
  user.write('out.ts', FILE.replaceAll('bigStep', 'out'));
  user.write('out.json', '{ "out": 88 }');
  expect((await user.run(['graph', 'out.ts', '--format', 'svg', '--params', 'out.json'])).stdout).toMatch(/step 88/);
});

test("a pipeline's own parameters are kept with its run, shown and compared", async () => {
  const user = project();
  user.write('given.ts', FILE);
  await user.run(['run', 'given.ts']);
  await user.run(['run', 'given.ts', '--big-step', '30']);
  expect(user.records().map(({ params }) => params)).toEqual([10, 30].map((bigStep) => ({ bigStep, name: 'n', loud: false })));
  expect((await user.run(['runs', 'show'])).stdout).toMatch(/^ {2}params {3}big step 30, name n, loud no$/m);
  const diff = await user.run(['runs', 'diff', 'last~1', 'last']);
  expect(diff.stdout).toMatch(/^.* -> .*\n {2}param +bigStep +10 -> 30\nnumbers /);
  await user.run(['report', '--out', 'r.html']);
  expect(readFileSync(join(user.folder, 'r.html'), 'utf8')).toContain('Parameters of the pipeline: big step 30, name n, loud no');
  // Records of earlier versions have none.
  const [record] = user.records();
  const file = join(user.folder, '.pipeline/runs', record!.id, 'run.json');
  writeFileSync(file, JSON.stringify({ ...record, params: undefined }));
  expect((await user.run(['runs', 'show', record!.id])).stdout).not.toMatch(/params/);
  expect((await user.run(['runs', 'diff', record!.id, 'last'])).stdout).not.toMatch(/param +bigStep/);
});

test('a set parameter runs its stage and what depends on it, nothing else; the seed runs what draws', async () => {
  const user = given();
  await user.run('given.ts');
  expect(await user.run('given.ts', ['--set', 'sum.step=3'])).toMatchObject({ ran: ['sum'], cached: ['numbers', 'other', 'closes'] });
  // A stage made by the function of the pipeline's parameters may close over any of them.
  const other = await user.run('given.ts', ['--big-step', '3']);
  expect(other).toMatchObject({ ran: ['closes', 'sum'], cached: ['numbers', 'other'] });
  expect(other.outputs['closes']).toEqual({ closed: 3 });
  const seeded = await user.run('given.ts', ['--seed', '7']);
  expect(seeded).toMatchObject({ ran: ['numbers', 'sum'], cached: ['other', 'closes'] });
  expect((await user.run('given.ts', ['--seed', '7'])).outputs).toEqual(seeded.outputs);
});

test('mistakes name the flag, what arrived and the nearest name, with code 2', async () => {
  const user = project();
  user.write('given.ts', FILE);
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await user.run(['run', 'given.ts', '--no-check', ...args]);
    expect({ args, code }).toEqual({ args, code: 2 });
    return stderr;
  };
  expect(await refused('--big-stp', '3')).toMatch(/has no flag --big-stp\.\n.*Did you mean --big-step\?/s);
  expect(await refused('--big-step', 'x')).toMatch(/--big-step x: .*bigStep: a number is needed, and 'x' arrived\.[^]*try: Give a number\./);
  expect(await refused('--set', 'sum.stp=3')).toMatch(/--set sum\.stp=3: stage 'sum' has no parameter 'stp'\..*given\.ts:11.*Did you mean step\?/s);
  expect(await refused('--set', 'sm.step=3')).toMatch(/no stage 'sm'.*Did you mean sum\?/s);
  expect(await refused('--seed', '-1')).toMatch(/--seed -1 is not a seed/);
  const { stdout } = await user.run(['run', 'given.ts', '--seed', 'x', '--json']);
  expect(jsonLines(stdout)).toEqual([expect.objectContaining({ type: 'run-finished', status: 'failed', error: expect.objectContaining({ code: 'E_USAGE' }) })]);
});

test('help and schema show what can be set', async () => {
  const user = project();
  user.write('given.ts', FILE);
  const help = await user.run(['run', 'given.ts', '--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toMatch(/--big-step <number> +how far \(10\)/);
  expect(help.stdout).toMatch(/--set sum\.step=<number> +\(10\)/);
  const { stdout } = await user.run(['params', 'given.ts', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    properties: { bigStep: { type: 'number', default: 10, description: 'how far' }, stages: { properties: { sum: { type: 'object' } } } },
  });
  expect(jsonLines((await user.run(['run', 'given.ts', '--json', '--no-check'])).stdout).at(-1)).toMatchObject({ status: 'ok' });
});

test('stages in the rows of a fan-out are set by their paths; names of options are refused; options come in any order', async () => {
  const user = project();
  user.write(
    'rows.ts',
    `import { fanOut, pipeline, stage, z } from 'pipeline-gpu';
export default pipeline('rows', fanOut('seeds', [1, 2], () => [stage({ id: 's', needs: [], provides: ['k'], schema: z.strictObject({ k: z.int().default(1) }),
  run: (_: object, _c, { k }) => ({ k }), output: (a) => a })]));`,
  );
  const { stdout, code } = await user.run(['run', '--no-check', '--set', 'seeds/=1/s.k=9', '--json', 'rows.ts']);
  expect(code).toBe(0);
  expect((jsonLines(stdout).at(-1) as { outputs: object }).outputs).toEqual({ 'seeds/=1/s': { k: 9 }, 'seeds/=2/s': { k: 1 } });
  user.write('taken.ts', FILE.replaceAll('loud', 'debug'));
  const taken = await user.run(['run', 'taken.ts', '--no-check', '--json']);
  expect(taken.code).toBe(2);
  expect(taken.stderr).toMatch(/has a parameter 'debug', but --debug is an option of run/);
  expect(jsonLines(taken.stdout).at(-1)).toMatchObject({ type: 'run-finished', status: 'failed', error: { code: 'E_PARAMS' } });
  const report = await user.run(['run', 'rows.ts', '--no-check', '--json', '--report', 'rows.ts/r.html']);
  expect(report.code).toBe(2);
  expect(jsonLines(report.stdout)).toEqual([expect.objectContaining({ type: 'run-finished', status: 'failed' })]);
  expect(report.stderr).toMatch(/The report cannot be written to .*rows\.ts\/r\.html/);
});

test('what other commands know of the options of run are its options', () => {
  const program = new Command();
  addRun(program);
  expect(RUN_FLAGS.toSorted()).toEqual(program.commands[0]!.options.map(({ long }) => long).toSorted());
});
