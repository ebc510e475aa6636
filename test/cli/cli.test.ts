import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, jsonLines, ROOT } from '../support/cli.ts';

let folder: string;

/** A user's project: the package under node_modules, a pipelines folder. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-cli-'));
  process.env['PIPELINE_CACHE'] = join(folder, 'cache'); // results of earlier runs would be shown as cached
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  mkdirSync(join(folder, 'pipelines'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

const SMALL = `
const source = { name: 'small', load: async () => ({
  name: 'small', role: 'all' as const, x: matrix(40, 4, Uint8Array.from({ length: 160 }, (_, i) => (i * 37) % 256)),
  labels: Uint8Array.from({ length: 40 }, (_, i) => (i * i) % 3), rows: Uint32Array.from({ length: 40 }, (_, i) => i), picture: { width: 2, height: 2 } }) };`;

/** Writes a pipeline file; `body` begins on line 4 + the lines of SMALL. */
function write(name: string, body: string): string {
  const file = join(folder, 'pipelines', name);
  writeFileSync(file, `import * as p from 'pipeline-gpu';\nconst { matrix } = p;${SMALL}\n${body}\n`);
  return file;
}
const lineOf = (body: string, text: string): number => 2 + SMALL.split('\n').length - 1 + 1 + body.split('\n').findIndex((line) => line.includes(text));

const WALK = `export default p.pipeline('walk',
  p.fetch(source),
  p.show({ row: 3 }),
  p.split({ train: [0, 30], test: [30, 40] }),
  p.binarize({ positive: 1 }),
  p.fit(p.logisticRegression()),
  p.predict({ row: 3 }),
  p.score({ on: 'test' }),
  p.crossValidate({ folds: 3 }),
);`;

test('help and version answer at once, without a device', async () => {
  const times: number[] = [];
  for (const args of [['--help'], ['run', '--help'], ['list', '--help'], ['doctor', '--help'], ['--version']]) {
    const { code, stdout, ms } = await cli(args, { env: { PIPELINE_ADAPTER: 'no-such-adapter' } });
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(3);
    if (args.includes('--help')) times.push(ms);
  }
  // The machine may be busy with something else in any one of them.
  expect(Math.min(...times)).toBeLessThan(10_000);
});

test.each([
  [['rum'], /^✖ E_USAGE Unknown command 'rum'\.\n  try: Did you mean run\?\n$/],
  [['rum', '--help'], /^✖ E_USAGE Unknown command 'rum'\.\n  try: Did you mean run\?\n$/],
  [['help', 'nothing'], /^✖ E_USAGE Unknown command 'nothing'\.\n  try: `pipeline --help` shows what there is\.\n$/],
  [['runs', 'shw'], /^✖ E_USAGE Unknown command 'runs shw'\.\n  try: Did you mean runs show\?\n$/],
  [['help', 'runs', '--json', 'dif'], /^✖ E_USAGE Unknown command 'runs dif'\.\n  try: Did you mean runs diff\?\n$/],
  [['cache', 'cler'], /^✖ E_USAGE Unknown command 'cache cler'\.\n  try: Did you mean cache clear\?\n$/],
  [['cache', 'nothing'], /^✖ E_USAGE Unknown command 'cache nothing'\.\n  try: `pipeline cache --help` shows what there is\.\n$/],
  [['runs', 'show', '--jsn'], /^✖ E_USAGE Unknown option '--jsn'\.\n  try: Did you mean --json\?\n$/],
  [['look', 'a', 'b'], /^✖ E_USAGE look takes at most 1 argument; 2 arrived\.\n  try: `pipeline look --help` shows what there is\.\n$/],
  [['doctor', 'a'], /^✖ E_USAGE doctor takes no arguments; 1 arrived\.\n  try: `pipeline doctor --help`/],
  [['ui', '--port'], /^✖ E_USAGE --port needs a value\.\n  try: Write --port <number>\.\n$/],
  [['predict', 'x'], /^✖ E_USAGE --input <file> is needed\.\n  try: `pipeline predict --help`/],
  [['explain', 'x'], /^✖ E_USAGE <stage> is missing\.\n  try: `pipeline explain --help`/],
  [['export'], /^✖ E_USAGE export needs a file to write\.\n  try: Write pipeline export model\.onnx\.\n$/],
  [['graph', 'x', '--format', 'png'], /^✖ E_USAGE --format is 'png'; 'mermaid', 'svg' or 'html' is needed\.\n  try: `pipeline graph --help`/],
  [['peek', 'x', '--decimal', ';'], /^✖ E_USAGE --decimal is ';'; '\.' or ',' is needed\.\n  try: /],
  [['completion', 'tcsh'], /^✖ E_USAGE shell is 'tcsh'; 'bash', 'zsh' or 'fish' is needed\.\n  try: /],
  [['completion', "it's"], /^✖ E_USAGE shell is 'it's'; 'bash', 'zsh' or 'fish' is needed\.\n  try: /],
  [['check', 'mnist-2detector', '--adapter', 'no-such-adapter'], /E_NO_ADAPTER {2}No adapter fits "no-such-adapter"\.[\s\S]*try: Use --adapter auto/],
  [['run', '--foo'], /^✖ E_USAGE '--foo' stands where a pipeline file is needed\.\n  try: Name the file first/],
  [['run', 'mnist-2detector', '--params', 'none.json'], /^✖ E_USAGE none\.json is not there\.\n  try: /],
  [['runs', 'show', 'zzz'], /^✖ E_USAGE No run 'zzz' in .*\n  try: /],
  [['run'], /E_USAGE run needs a pipeline file[\s\S]*pipeline list/],
  [['run', 'mnist-2detector', '--adaptor', 'y'], /has no flag --adaptor[\s\S]*Did you mean --adapter/],
  [['run', 'mnist-2detectr'], /E_USAGE No pipeline file 'mnist-2detectr'[\s\S]*Did you mean mnist-2detector\.ts/],
])('usage error %j ends with code 2 and a suggestion', async (args, message) => {
  const { code, stdout, stderr } = await cli(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
});

test('list shows the pipelines of the folder and the examples; a file that does not load is shown with its error', async () => {
  write('walk.ts', WALK);
  write('broken.ts', 'export default 3;');
  const { code, stdout } = await cli(['list'], { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^walk +pipelines\/walk\.ts\n +fetch -> show -> split -> binarize -> fit -> predict -> score -> cross-validate$/m);
  expect(stdout).toMatch(/mnist-2detector/);
  expect(stdout).toMatch(/\(does not load\) +pipelines\/broken\.ts/);
});

test('run by name: plain lines when piped, no colour, no cursor codes', async () => {
  write('walk.ts', WALK);
  const { code, stdout, stderr } = await cli(['run', 'walk'], { cwd: folder });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^ {2}Types are not checked: no package 'typescript' is installed .*\n$/);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toMatch(/^walk seed 0\n/);
  for (const stage of ['fetch', 'show', 'split', 'binarize', 'fit', 'predict', 'score', 'cross-validate'])
    expect(stdout).toMatch(new RegExp(`^✔ ${stage} `, 'm'));
  expect(stdout).toMatch(/x \[40 4\], y \[40\]/);
});

test('FORCE_COLOR colours, NO_COLOR beats it', async () => {
  write('walk.ts', WALK);
  expect((await cli(['run', 'walk'], { cwd: folder, env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[');
  expect((await cli(['run', 'walk'], { cwd: folder, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain('\u001b[');
});

test('--json: one object a line, each with a type, outputs by stage id last', async () => {
  const { code, stdout } = await cli(['run', write('walk.ts', WALK), '--json'], { cwd: folder });
  expect(code).toBe(0);
  const events = jsonLines(stdout);
  expect(events.every(({ type }) => typeof type === 'string')).toBe(true);
  expect(events.at(-1)).toMatchObject({
    type: 'run-finished',
    status: 'ok',
    outputs: {
      fit: { nIter: expect.any(Number), objective: expect.any(Number), trainAccuracy: expect.any(Number) },
      predict: { prediction: expect.any(Boolean) },
      score: { testAccuracy: expect.any(Number) },
      'cross-validate': { foldScores: [expect.any(Number), expect.any(Number), expect.any(Number)], meanScore: expect.any(Number) },
    },
  });
});

const OVERLAP = WALK.replace('test: [30, 40]', 'test: [3, 40]');
const ABSENT = WALK.replace('positive: 1', 'positive: 7');
const TEXT = WALK.replace('positive: 1', "positive: '1'");
const ORDER = WALK.replace("  p.score({ on: 'test' }),\n", '').replace('  p.fit(', "  p.score({ on: 'test' }) as never,\n  p.fit(");

test.each([
  ['overlapping rows', OVERLAP, 'p.split', 2, /E_OVERLAP split: 27 rows \(3 to 29\)[\s\S]*try: .*test: \[30, 40\]/],
  [
    'a class that no row has',
    ABSENT,
    'p.binarize',
    1,
    /E_CLASS binarize: none of the 30 training rows of small has label 7[\s\S]*try: Choose positive from 0, 1/,
  ],
  ['a text as a class', TEXT, 'p.binarize', 1, /E_CLASS binarize: the classes of small have no names; "1" arrived as positive/],
  ['score before fit', ORDER, 'p.score', 2, /E_ORDER Stage 'score' needs 'model'[\s\S]*try: Put fit\(\.\.\.\) before it/],
])('%s: message, cure, and the line of the user', async (_, body, text, exit, message) => {
  const file = write('mistake.ts', body);
  const { code, stderr } = await cli(['run', file], { cwd: folder });
  expect(code).toBe(exit);
  expect(stderr).toMatch(message);
  expect(stderr).toContain(`at ${file}:${lineOf(body, text)}:`);
  expect(stderr).not.toContain('node_modules/rxjs');
});

test('a failed run ends its JSON with the error', async () => {
  const { code, stdout } = await cli(['run', write('mistake.ts', OVERLAP), '--json'], { cwd: folder });
  expect(code).toBe(2);
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    type: 'run-finished',
    status: 'failed',
    error: { code: 'E_OVERLAP', stage: 'split', at: { line: lineOf(OVERLAP, 'p.split') } },
  });
});

test('a syntax error names the file', async () => {
  const { code, stderr } = await cli(['run', write('syntax.ts', 'export default p.pipeline(')], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toMatch(/E_USAGE .*syntax\.ts does not load/);
});

const HANG = `export default p.pipeline('hang', p.fetch(source), p.stage({ id: 'hang', needs: ['data'], provides: [], run: () => new Promise<object>((resolve) => {
  setTimeout(resolve, 60_000, {}); }) }));`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a run with code %d, soon, with its record', async (signal, expected) => {
  let sent: number | undefined;
  const { code, stdout } = await cli(['run', write('hang.ts', HANG), '--json'], {
    cwd: folder,
    onStdout: (text, kill) => {
      if (sent !== undefined || !text.includes('"stage":"hang"')) return;
      sent = performance.now();
      kill(signal);
    },
  });
  expect(code).toBe(expected);
  expect(performance.now() - sent!).toBeLessThan(20_000);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'run-finished', status: 'failed', error: { code: 'E_CANCELLED' } });
});

test('a stage that can never finish is an error, not a silent success', async () => {
  const body = `export default p.pipeline('never', p.fetch(source), p.stage({ id: 'never', needs: ['data'], provides: [], run: () => new Promise<object>(() => {}) }));`;
  const { code, stderr } = await cli(['run', write('never.ts', body)], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/never finished/);
});

test('an unknown adapter ends with code 4 and the candidates', async () => {
  const { code, stderr } = await cli(['run', write('walk.ts', WALK), '--no-cache', '--adapter', 'no-such-adapter'], { cwd: folder });
  expect(code).toBe(4);
  expect(stderr).toMatch(/E_NO_ADAPTER/);
});
