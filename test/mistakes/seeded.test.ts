// The mistakes that everybody makes, as TypeScript users write them: each is told by the compiler, by `check` or by the run,
// with place, cause and cure. Those of wrong orders and roles, folds and own stages are in test/fixtures/mistakes.
import { test } from 'vitest';
import { expectTold, type Mistake } from '../support/mistakes.ts';

const SPLIT = `p.fetch(p.mnist784()),
  p.split({ train: [0, 60_000], test: [60_000, 70_000] }),
  p.binarize({ positive: 2 }),`;
/** The usual pipeline with one line of it wrong. */
const with_ = (line: string): string => `
export default p.pipeline('digits',
  ${SPLIT}
  ${line} // mistake:
);
`;
const after = (line: string): string => `
export default p.pipeline('digits',
  ${SPLIT}
  p.fit(p.logisticRegression()),
  ${line} // mistake:
);
`;
const SHADER = `@group(0) @binding(1) var<storage, read> level: array<f32>;
@group(0) @binding(2) var<storage, read_write> bright: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  bright[id.x] = 2 * level[id.x];
}
`;
const shaded = (change = ''): string => `
interface Levels { readonly levels: Float32Array }
const levels = p.stage({ id: 'levels', needs: [], provides: ['levels'], run: () => ({ levels: new Float32Array(64) }) });
export default p.pipeline('bright', levels, p.wgslStage({ ${change.startsWith('// large') ? '// mistake:' : ''}
  id: 'bright', needs: ['levels'], source: new URL('./*.wgsl', import.meta.url),
  bindings: { level: p.input('f32'), bright: p.output('f32') },
  launch: ({ levels }: Levels) => ({ inputs: { level: levels }, lengths: { bright: ${change.startsWith('// large') ? '2 ** 40' : '64'} }, grid: [1] }),
}));
`;
const own = (line: string): string => `
interface Levels { readonly levels: readonly number[] }
const levels = p.stage({ id: 'levels', needs: [], provides: ['levels'], run: () => ({ levels: [1, 2] }) });
export default p.pipeline('own', levels,
  ${line} // mistake:
);
`;

const TYPED: Readonly<Record<string, Mistake>> = {
  optionTypo: {
    text: with_('p.fit(p.logisticRegression({ tolerance: 0.1 })),'),
    code: 'E_PARAMS',
    message: /no parameter is called 'tolerance'/,
    hint: /Parameters of logisticRegression|Did you mean/,
  },
  optionType: {
    text: with_("p.fit(p.logisticRegression({ tol: '0.1' })),"),
    code: 'E_PARAMS',
    message: /logisticRegression: tol: a number is needed, and '0\.1' arrived/,
    hint: /Give a number\./,
  },
  wrongOrder: {
    text: with_("p.score({ on: 'test' }), p.fit(p.logisticRegression()),"),
    code: 'E_ORDER',
    message: /^This stage needs 'model'\.$/,
    hint: /^Put fit\(\.\.\.\) before it\.$/,
  },
  missingStage: {
    text: `
export default p.pipeline('digits', p.fetch(p.mnist784()),
  p.fit(p.logisticRegression()), // mistake:
);\n`,
    code: 'E_ORDER',
    message: /^This stage needs 'train'\.$/,
    hint: /^Put split\(\.\.\.\) before it\.$/,
  },
  scorer: { text: after("p.score({ on: 'test', scoring: 'acuracy' }),"), code: 'E_PARAMS', message: /scoring/, hint: /./ },
  gridKey: {
    text: with_('p.gridSearch(p.logisticRegression(), { c: [0.1, 1] }),'),
    code: 'E_PARAMS',
    message: /'c' cannot be searched: in a grid over logisticRegression, only C, /,
    hint: /^Did you mean C\?$/,
  },
  gridNames: {
    text: with_('p.gridSearch(p.logisticRegression(), { max_iter: [10, 20] }),'),
    code: 'E_PARAMS',
    message: /'max_iter' cannot be searched/,
    hint: /^Did you mean maxIter\?$/,
  },
  misspeltKey: {
    text: own("p.stage({ id: 'sum', needs: ['leevls'], provides: ['sum'], run: ({ leevls }: { leevls: number[] }) => ({ sum: leevls.length }) }),"),
    code: 'E_ORDER',
    message: /^This stage needs 'leevls'\.$/,
    hint: /^Did you mean levels\?/,
  },
  misspeltProvides: {
    text: own("p.stage({ id: 'sum', needs: ['levels'], provides: ['summ'], run: ({ levels }: Levels) => ({ sum: levels.length }) }),"),
    code: 'E_TYPES',
    message: /"summ"' is not assignable to type '"sum"'/,
    hint: /./,
  },
  returnsNothing: {
    text: own("p.stage({ id: 'sum', needs: ['levels'], provides: ['sum'], run: ({ levels }: Levels) => { levels.length; } }),"),
    code: 'E_TYPES',
    message: /Type 'void' is not assignable/,
    hint: /^Return a record of what the stage adds/,
  },
};

const CHECKED: Readonly<Record<string, Mistake>> = {
  rows: {
    text: '\nexport default p.pipeline("digits", p.fetch(p.mnist784()),\n  p.split({ train: [0, 60_000], test: [60_000, 80_000] }), // mistake:\n);\n',
    code: 'E_SHAPE',
    message: /test \[60000, 80000\] goes past the last row; mnist-784 has 70000 rows/,
    hint: /within \[0, 70000\]/,
  },
  nameClash: {
    text: own(
      "p.branch({ a: [p.stage({ id: 'b', needs: ['levels'], provides: [], run: (_: Levels) => ({}) })] }), p.compose('a', p.stage({ id: 'b', needs: ['levels'], provides: [], run: (_: Levels) => ({}) })),",
    ),
    code: 'E_USAGE',
    message: /^Two stages are called 'a\/b'\.$/,
    hint: /^Give branches and stages names of their own\.$/,
  },
  shaderSyntax: {
    text: shaded(),
    files: { '*.wgsl': SHADER.replace('level[id.x];', 'level[id.x; // mistake:') },
    file: '*.wgsl',
    code: 'E_SHADER',
    message: /expected '\]'/,
    hint: /^Correct the WGSL at the place named\.$/,
  },
  workgroupSize: {
    text: shaded(),
    files: { '*.wgsl': SHADER.replace('@workgroup_size(64)', '@workgroup_size(65536) /* mistake: */') },
    file: '*.wgsl',
    code: 'E_SHADER',
    message: /workgroup/,
    hint: /^Give @workgroup_size fewer/,
  },
  shaderBinding: {
    text: shaded(),
    files: { '*.wgsl': SHADER.replace('level: array<f32>;', 'level: array<i32>; // mistake:') },
    file: '*.wgsl',
    code: 'E_SHADER',
    message: /^Binding 1 of stage 'bright' is level: input\('f32'\); shaderBinding\.wgsl declares var<storage, read> level: array<i32>/,
    hint: /^Write @group\(0\) @binding\(1\)/,
  },
  shaderPath: {
    text: shaded().replace('p.wgslStage({ ', 'p.wgslStage({ // mistake:'),
    code: 'E_SHADER',
    message: /shaderPath\.wgsl: there is no such file/,
    hint: /^Correct its source/,
  },
  noDefault: {
    text: "\nexport const digits = p.pipeline('digits', p.fetch(p.mnist784()));\n",
    place: 'nowhere',
    code: 'E_USAGE',
    message: /default export/,
    hint: /export default/,
  },
};

const RUN: Readonly<Record<string, Mistake>> = {
  largeBuffer: {
    text: shaded('// large'),
    files: { '*.wgsl': SHADER },
    code: 'E_DEVICE',
    message: /^Buffer 'bright\.bright' needs 4398046511104 bytes; the device binds at most \d+\.$/,
    hint: /^Use fewer rows/,
  },
  filePath: {
    text: own(
      "p.stage({ id: 'sum', needs: [], provides: ['sum'], run: async () => ({ sum: (await import('node:fs')).readFileSync('data/levles.csv', 'utf8').length }) }),",
    ),
    code: 'E_STAGE',
    message: /ENOENT.*levles\.csv/,
    hint: /^Check that 'data\/levles\.csv' is there: a relative path starts from \//,
  },
  asyncFilePath: {
    text: own(
      "p.stage({ id: 'sum', needs: [], provides: ['sum'], run: async () => ({ sum: (await (await import('node:fs/promises')).readFile('data/levles.csv')).length }) }),",
    ),
    code: 'E_STAGE',
    message: /ENOENT.*levles\.csv/,
    hint: /^Check that 'data\/levles\.csv' is there/,
  },
};

test('the compiler and check tell every seeded mistake once, with place, cause and cure', async () => {
  await expectTold('types', TYPED);
});

test('check tells those that no compiler knows', async () => {
  await expectTold('check', CHECKED);
});

test('a run tells those that need data or a device', async () => {
  await expectTold('run', RUN);
});
