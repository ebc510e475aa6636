// `pipeline check` and what `run` refuses, from the command line: no data, no device, each mistake at its line.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, jsonLines, ROOT, type Finished } from '../support/cli.ts';

const MISTAKES = join(ROOT, 'test/fixtures/mistakes');
const PIPELINES = join(ROOT, 'test/fixtures/pipelines');
let cache: string;

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'pipeline-check-'));
});
afterAll(() => rmSync(cache, { recursive: true }));

function command(...args: readonly string[]): Promise<Finished> {
  return cli(args, { env: { PIPELINE_CACHE: cache, PIPELINE_ADAPTER: '' } });
}

/** What each mistake should be told as; the line is the one that says so in the file. */
const EXPECTED: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
  'absentLabel.ts': ['E_CLASS', /none of the 60000 training rows of mnist-784 has label 10/],
  'fitOnTestRows.ts': ['E_ORDER', /^This stage needs train rows as 'train', the stages before it provide test rows\.$/],
  'joinOfNoBranch.ts': ['E_ORDER', /^This stage needs 'strict'\.$/],
  'longPipeline.ts': ['E_ORDER', /^This stage needs 'rows' of another type than the stages before it provide\.$/],
  'orderWithParams.ts': ['E_ORDER', /^Stage 'score' needs 'model', which no stage before it provides\.$/],
  'overlap.ts': ['E_OVERLAP', /10000 rows \(50000 to 59999\) are in both/],
  'ownStage.ts': ['E_TYPES', /'lenght' does not exist on type .* \(TS2551\)$/],
  'paramType.ts': ['E_PARAMS', /shuffle: seed: .*number/],
  'rowOutOfRange.ts': ['E_SHAPE', /Row 70000 does not exist: mnist-784 has rows 0 to 69999/],
  'scoreBeforeFit.ts': ['E_ORDER', /^This stage needs 'model'\.$/],
  'tooManyFolds.ts': ['E_PARAMS', /folds is 150; it needs a whole number from 2 to 100/],
  'unknownParam.ts': ['E_PARAMS', /no parameter is called 'tolerance'/],
};

test('every planted mistake is found, alone, at its line, with a cure, and exit code 2', { timeout: 180_000 }, async () => {
  expect(
    readdirSync(MISTAKES)
      .filter((name) => name.endsWith('.ts'))
      .toSorted(),
  ).toEqual(Object.keys(EXPECTED));
  const files = Object.keys(EXPECTED);
  const next = async (): Promise<void> => {
    for (let name = files.shift(); name !== undefined; name = files.shift()) {
      const file = join(MISTAKES, name);
      const [code, message] = EXPECTED[name]!;
      const line =
        readFileSync(file, 'utf8')
          .split('\n')
          .findIndex((text) => text.includes('// mistake:')) + 1;
      const { code: exit, stdout } = await command('check', file, '--json');
      const [problem, end] = jsonLines(stdout);
      expect(problem, name).toMatchObject({ type: 'problem', code, message: expect.stringMatching(message), hint: expect.any(String), at: { file, line } });
      expect(end, name).toMatchObject({ type: 'check-finished', status: 'failed' });
      expect(exit, name).toBe(2);
    }
  };
  await Promise.all([next(), next(), next()]);
});

test('in the terminal: file:line:column, code, message, cure', async () => {
  const { code, stdout, stderr } = await command('check', 'test/fixtures/mistakes/scoreBeforeFit.ts');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe("test/fixtures/mistakes/scoreBeforeFit.ts:7:3  E_ORDER  This stage needs 'model'.\n  try: Put fit(...) before it.\n");
});

test('a good file: its stages with facts; nothing is loaded, no config stays behind', async () => {
  const { code, stdout, stderr } = await command('check', join(PIPELINES, 'unloaded.ts'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^unloaded\n {2}fetch +data 100 x 4 u8 of 3 classes\n/);
  expect(stdout).toMatch(/^ {2}fit +model oneVsRest, 3 classes, 4 columns, 3 models at once, /m);
  expect(stdout).toMatch(/^ {2}grid-search +model logisticRegression, 2 classes, 4 columns, 6 models at once, /m);
  expect(stdout).toMatch(/^ {2}fit-2 +model logisticRegression, 2 classes, 4 columns, 4 models at once, /m);
  expect(stdout).toMatch(/\nok\n$/);
  expect(stdout).not.toContain('LOADED');
  expect(readdirSync(cache).toSorted()).toEqual(['modules', 'notes']);
  expect(readdirSync(ROOT).filter((name) => name.startsWith('.pipeline-check'))).toEqual([]);
});

test('run refuses what check refuses before anything starts, and --no-check runs it', async () => {
  const overlap = join(MISTAKES, 'overlap.ts');
  const refused = await command('run', overlap, '--json');
  expect(refused.code).toBe(2);
  expect(jsonLines(refused.stdout).map(({ type }) => type)).toEqual(['problem', 'run-finished']);
  expect(jsonLines(refused.stdout).at(-1)).toMatchObject({ status: 'failed', outputs: {}, error: { code: 'E_OVERLAP', at: { file: overlap, line: 6 } } });

  const unloaded = join(PIPELINES, 'unloaded.ts');
  const { code, stderr } = await command('run', unloaded, '--no-check');
  expect(code).toBe(1);
  expect(stderr).toMatch(/E_STAGE Stage 'fetch' threw: loaded/);
});

test('what no device of the last run can bind is an error, what an unknown one may not bind a note', async () => {
  const large = join(PIPELINES, 'large.ts');
  const unknown = await command('check', large);
  expect(unknown.code).toBe(0);
  expect(unknown.stderr).toMatch(/^ {2}Training a model needs a buffer of \d+ bytes \('direction'\); WebGPU everywhere binds at most 134217728\.\n$/);
  mkdirSync(join(cache, 'notes'), { recursive: true });
  const remember = (maxBindingBytes: number): void =>
    writeFileSync(join(cache, 'notes/limits-auto.json'), JSON.stringify({ name: 'small adapter', maxBindingBytes }));
  remember(2 ** 27);
  const line =
    readFileSync(large, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes('fit(logistic')) + 1;
  const known = await command('check', large, '--json');
  expect(known.code).toBe(2);
  expect(jsonLines(known.stdout)[0]).toMatchObject({
    type: 'problem',
    code: 'E_DEVICE',
    stage: 'fit',
    at: { line },
    message: expect.stringContaining('small adapter'),
  });
  remember(2 ** 30);
  expect((await command('check', large)).stderr).toBe('');
});

test('a signal ends the check with its code, and leaves no config behind', async () => {
  const folder = join(cache, 'project');
  mkdirSync(join(folder, 'node_modules/typescript'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  // A compiler that takes long.
  writeFileSync(join(folder, 'node_modules/typescript/package.json'), '{ "version": "7.0.0", "bin": { "tsc": "tsc.cjs" } }');
  writeFileSync(join(folder, 'node_modules/typescript/tsc.cjs'), 'setTimeout(() => {}, 60_000);');
  writeFileSync(
    join(folder, 'slow.ts'),
    "import 'pipeline-gpu';\nconsole.log(`LOADED ${(await import('node:fs')).readdirSync('.').filter((name) => name.startsWith('.pipeline'))}`);\n",
  );
  const { code, stdout, ms } = await cli(['check', 'slow.ts'], { cwd: folder, onStdout: (_, kill) => kill('SIGTERM') });
  expect(code).toBe(143);
  expect(ms).toBeLessThan(50_000);
  expect(stdout).toContain('LOADED .pipeline-check-');
  expect(readdirSync(folder).toSorted()).toEqual(['node_modules', 'package.json', 'slow.ts']);
});

test('a file that is not there is a usage error', async () => {
  const { code, stderr } = await command('check', 'mnist-2detectr');
  expect(code).toBe(2);
  expect(stderr).toMatch(/E_USAGE No pipeline file/);
});
