// Mistakes with what stages hand on: each is told with its place and a cure, and never becomes another result.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonLines, ROOT } from '../support/cli.ts';
import { project, type Project } from '../support/project.ts';

const HEAD = `import { operator, pipeline, stage } from 'pipeline-gpu';
const numbers = stage({ id: 'numbers', needs: [], provides: ['x'], run: () => ({ x: [1, 2] }) });
const show = stage({ id: 'show', needs: ['x'], provides: [], run: () => ({}) });
`;
const RX = `import { finalize, map, mergeMap, of } from ${JSON.stringify(join(ROOT, 'node_modules/rxjs/dist/cjs/index.js'))};
`;

interface Mistake {
  readonly file: string;
  readonly message: string;
  readonly hint: string;
  readonly stage: string;
}

const MISTAKES: Record<string, Mistake> = {
  'a forgotten await': {
    file: `${HEAD}const load = async () => 7;
const late = stage({ id: 'late', needs: [], provides: ['x'], run: () => ({ x: load() }), output: ({ x }: any) => ({ x: x.toFixed(1) }) }); // mistake: no await
export default pipeline('p', late, show as any);`,
    message: "Stage 'late' returned a promise as 'x'; what it resolves to is needed.",
    hint: 'Write { x: await ... }.',
    stage: 'late',
  },
  'promises in a list': {
    file: `${HEAD}const rows = stage({ id: 'rows', needs: ['x'], provides: ['y'], run: ({ x }: { x: number[] }) => ({ y: { all: x.map(async (one) => one + 1) } }) }); // mistake: no Promise.all
export default pipeline('p', numbers, rows);`,
    message: "Stage 'rows' returned a promise as 'y.all[0]'; what it resolves to is needed.",
    hint: 'Await it before you return: y = await Promise.all(...) for a list.',
    stage: 'rows',
  },
  'a second emission': {
    file: `${RX}${HEAD}const twice = operator({ id: 'twice', needs: ['x'], provides: ['y'], operator: mergeMap((_: { x: number[] }) => of({ y: 'partial' }, { y: 'final' })) as any }); // mistake
export default pipeline('p', numbers, twice);`,
    message: "Stage 'twice' emitted a second value.",
    hint: 'Emit exactly one record: end with last(), or toArray() and a map.',
    stage: 'twice',
  },
  'a teardown that throws': {
    file: `${RX}${HEAD}const torn = operator({ id: 'torn', needs: ['x'], provides: ['y'],
  operator: (source: any) => source.pipe(map(() => ({ y: 1 })), finalize(() => {
    throw new Error('boom'); // mistake: thrown where the result is there already
  })) });
export default pipeline('p', numbers, torn);`,
    message: "Stage 'torn' threw when it was torn down: boom",
    hint: 'Keep finalize and teardown functions from throwing.',
    stage: 'torn',
  },
  'a teardown that throws later': {
    file: `${RX}${HEAD}const torn = operator({ id: 'torn', needs: ['x'], provides: ['y'],
  operator: (source: any) => source.pipe(mergeMap(async () => ({ y: 1 })), finalize(() => {
    throw new Error('boom'); // mistake
  }), map((one) => one)) });
export default pipeline('p', numbers, torn);`,
    message: "Stage 'torn' threw when it was torn down: boom",
    hint: 'Keep finalize and teardown functions from throwing.',
    stage: 'torn',
  },
  'an output with a bigint': {
    file: `${HEAD}const big = stage({ id: 'big', needs: ['x'], provides: ['y'], run: () => ({ y: 1 }), output: () => ({ at: [1n] }) as any }); // mistake: JSON has no bigint
export default pipeline('p', numbers, big);`,
    message: "The output of stage 'big' holds a bigint at 'at[0]', which JSON does not have.",
    hint: 'Return Number(...) or String(...) of it from output.',
    stage: 'big',
  },
  'an output in a circle': {
    file: `${HEAD}const self: any = { of: {} };
self.of.self = self;
const circle = stage({ id: 'circle', needs: ['x'], provides: ['y'], run: () => ({ y: 1 }), output: () => ({ self }) }); // mistake
export default pipeline('p', numbers, circle);`,
    message: "The output of stage 'circle' holds an object that contains itself at 'self.of.self', which JSON does not have.",
    hint: 'Return only figures from output.',
    stage: 'circle',
  },
  'a Map in an output': {
    file: `${HEAD}const counts = stage({ id: 'counts', needs: ['x'], provides: ['y'], run: () => ({ y: 1 }), output: () => ({ counts: new Map([['a', 1]]) }) as any }); // mistake: JSON.stringify makes {} of it
export default pipeline('p', numbers, counts);`,
    message: "The output of stage 'counts' holds a Map at 'counts', which JSON does not have.",
    hint: 'Return Object.fromEntries(...) of it from output.',
    stage: 'counts',
  },
  'an input changed in place': {
    file: `${HEAD}const sorted = stage({ id: 'sorted', needs: ['x'], provides: ['y'], run: ({ x }: { x: number[] }) => ({ y: x.reverse() }) }); // mistake
export default pipeline('p', numbers, sorted);`,
    message: "Stage 'sorted' changed its input 'x' in place.",
    hint: 'Copy it first: structuredClone(x), or x.slice() of an array.',
    stage: 'sorted',
  },
  'a value that goes on changing': {
    file: `${HEAD}const log: string[] = [];
const first = stage({ id: 'first', needs: [], provides: ['log'], run: () => ({ log }) });
const second = stage({ id: 'second', needs: ['x'], provides: ['y'], run: () => ({ y: log.push('second') }) }); // mistake: 'first' handed it on
const third = stage({ id: 'third', needs: ['log', 'y'], provides: [], run: () => ({}) });
export default pipeline('p', numbers, first, second, third);`,
    message: "'log' of stage 'first' changed while stage 'second' ran.",
    hint: "Let 'second' make its own arrays and objects, and 'first' leave alone what it returned.",
    stage: 'second',
  },
};

const SCRATCH = `${HEAD}const scratch = new Float64Array(20_000);
const one = stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: scratch.fill(1) }) });
const two = stage({ id: 'two', needs: [], provides: ['b'], run: () => ({ b: scratch.fill(2) }) }); // mistake: 'one' returned it, too
const both = stage({ id: 'both', needs: ['a', 'b'], provides: [], run: () => ({}), output: () => ({}) });
export default pipeline('p', one, two, both);`;
MISTAKES['one array of two stages'] = {
  file: SCRATCH,
  message: "Stages 'one' and 'two' provide the same array, as 'a' and 'b': what 'one' had provided changed.",
  hint: 'Make a new one in each stage, or return a copy: structuredClone(...), or .slice() of an array.',
  stage: 'two',
};

/** The place a mistake is marked at. */
function placeOf(made: Project, file: string): { readonly file: string; readonly line: number } {
  const path = join(made.folder, file);
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('// mistake'));
  return { file: path, line: line + 1 };
}

test('each is told, in one process without a cache', async () => {
  const made = project();
  const names = Object.keys(MISTAKES);
  names.forEach((name, i) => made.write(`m${i}.ts`, MISTAKES[name]!.file));
  made.write(
    'all.ts',
    `import { runPipeline } from 'pipeline-gpu/node';
for (let i = 0; i < ${names.length}; i++) {
  const { error } = await runPipeline((await import(\`./m\${i}.ts\`)).default);
  const { code, message, hint, at, stage } = (error ?? {}) as any;
  console.log(JSON.stringify({ code, message, hint, at, stage }));
}`,
  );
  const tsx = join(ROOT, 'node_modules/tsx/dist/loader.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', '--import', tsx, 'all.ts'], { cwd: made.folder });
  const told = Object.fromEntries(jsonLines(stdout).map((error, i) => [names[i]!, error]));
  const right = names.map((name, i) => {
    const { message, hint, stage } = MISTAKES[name]!;
    return [name, { code: 'E_STAGE', message, hint, stage, at: placeOf(made, `m${i}.ts`) }] as const;
  });
  expect(told).toMatchObject(Object.fromEntries(right));
});

const last = (stdout: string): Record<string, unknown> => jsonLines(stdout).at(-1)!;

test('one array of two stages: the same is told with a cache, in a second run, and without', async () => {
  const made = project();
  made.write('scratch.ts', SCRATCH);
  const { message, hint, stage } = MISTAKES['one array of two stages']!;
  const error = { code: 'E_STAGE', message, hint, stage, at: placeOf(made, 'scratch.ts') };
  for (const args of [[], [], ['--no-cache']]) {
    const { code, stdout } = await made.run(['run', 'scratch.ts', '--json', ...args]);
    expect({ code, last: last(stdout) }).toMatchObject({ code: 1, last: { type: 'run-finished', status: 'failed', error } });
  }
});

test.each([
  ['in a stage', 'process.exit(0); // mistake', 'leaver'],
  ['where the stage catches it', 'try { process.exit(0); } catch {} // mistake', 'leaver'],
])('process.exit %s fails the run', async (_, body, stage) => {
  const made = project();
  made.write(
    'exit.ts',
    `${HEAD}const leaver = stage({ id: 'leaver', needs: ['x'], provides: ['y'], run: async () => {
  ${body}
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { y: 1 };
} });
export default pipeline('p', numbers, leaver);`,
  );
  const { code, stdout } = await made.run(['run', 'exit.ts', '--json']);
  const error = {
    code: 'E_STAGE',
    message: 'process.exit(0) was called before the run was over.',
    hint: 'Return from the stage, or throw an error to fail the run.',
    at: placeOf(made, 'exit.ts'),
    stage,
  };
  expect({ code, last: last(stdout) }).toMatchObject({ code: 1, last: { type: 'run-finished', status: 'failed', error } });
  expect(made.records()).toMatchObject([{ status: 'failed', exitCode: 1, error: { code: 'E_STAGE', stage } }]);
});
