// Things of the wrong kind given to the words of a pipeline, as JavaScript, or a cast, lets one: each is told at its line, with
// what arrived and how to write it, and none of them as a fault inside this package.
import { test } from 'vitest';
import { expectTold, type Mistake } from '../support/mistakes.ts';

const SOURCE = `// @ts-nocheck
const rows = 8;
const points = { name: 'points', load: async () => ({ name: 'points', role: 'all', x: p.matrix(rows, 2, Float32Array.from({ length: 16 }, (_, i) => i)),
  labels: Uint8Array.from({ length: rows }, (_, i) => i % 2), rows: Uint32Array.from({ length: rows }, (_, i) => i) }) };
const own = { id: 'own', needs: [], provides: [], run: () => ({}) };
const rest = [p.split({ train: [0, 6], test: [6, 8] }), p.fit(p.logisticRegression())];
`;
const USAGE = 'E_USAGE';
/** A pipeline of these stages, all on the line to blame. */
function of(stages: string, message: RegExp, hint: RegExp, code = USAGE): Mistake {
  return { text: `${SOURCE}export default p.pipeline('wrong', ${stages}); // mistake:\n`, code, message, hint };
}
const ownWith = (change: string, message: RegExp, hint: RegExp, code = USAGE): Mistake => of(`p.stage({ ...own, ${change} })`, message, hint, code);

const DECLARED: Readonly<Record<string, Mistake>> = {
  stageOfNull: of('p.stage(null)', /^stage: null arrived; a description of the stage is needed\.$/, /^Write stage\(\{ id:/),
  stageOfNothing: of('p.stage()', /^stage: nothing arrived/, /^Write stage/),
  oddId: ownWith("id: 'a/b'", /letters, digits and '-' only, .*; "a\/b" arrived/, /my-stage/),
  noId: ownWith('id: undefined', /; nothing arrived/, /my-stage/),
  needsOfText: ownWith("needs: 'data'", /^stage 'own': needs is "data"; a list of keys of the state is needed\.$/, /^Write needs: \['train'\]/),
  noNeeds: ownWith('needs: undefined', /needs is nothing/, /^Write needs/),
  needsOfNumbers: ownWith('needs: [7]', /needs is a list with 7/, /^Write needs/),
  noProvides: ownWith('provides: null', /provides is null/, /^Write provides/),
  noRun: ownWith('run: undefined', /run is nothing; a function is needed/, /^Write run: async/),
  outputOfText: ownWith("output: 'x'", /output is "x"; a function/, /^Write output/),
  plainSchema: ownWith('schema: { row: 3 }', /schema is a plain object; a zod object is needed/, /z\.strictObject/),
  textSchema: ownWith('schema: p.z.string()', /schema is a ZodString/, /z\.strictObject/),
  misspeltOption: ownWith("provide: ['x']", /^stage 'own': there is no field 'provide'\.$/, /^Did you mean provides\?$/),
  retries: ownWith('retries: -1', /^Stage 'own': retries is -1; a whole number from 0 is needed\.$/, /^Give retries/, 'E_PARAMS'),
  timeout: of("p.withPolicy(p.stage(own), { timeoutMs: '5s' })", /timeoutMs is 5s; a number of milliseconds above 0/, /^Give timeoutMs/, 'E_PARAMS'),
  policyOfNothing: of('p.withPolicy(undefined, { retries: 1 })', /^withPolicy: number 1 of its stages is nothing/, /stage\(\{ \.\.\. \}\)/),
  bigintParam: ownWith('params: { n: 1n }', /^Stage 'own': parameter 'n' cannot be recorded: .*BigInt/, /^Give it numbers/, 'E_PARAMS'),
  cyclicParam: ownWith('params: { o: own.self = own }', /parameter 'o' cannot be recorded: Converting circular structure/, /^Give it numbers/, 'E_PARAMS'),
  throwingParam: ownWith(
    "params: { get n() { throw new Error('unreadable'); } }",
    /parameter 'n' cannot be recorded: unreadable/,
    /^Give it numbers/,
    'E_PARAMS',
  ),
  bigintOfSchema: ownWith('schema: p.z.strictObject({ big: p.z.bigint().default(5n) })', /parameter 'big' cannot be recorded/, /^Give it numbers/, 'E_PARAMS'),
  bigintOfPipeline: of(
    '{ params: p.z.strictObject({ big: p.z.bigint().default(5n) }) }, () => [p.stage(own)]',
    /^Pipeline 'wrong': parameter 'big' cannot be recorded/,
    /^Give it numbers/,
    'E_PARAMS',
  ),
  nullStage: of('null', /^Pipeline 'wrong': number 1 of its stages is null, which is not a stage\.$/, /^Put a stage there/),
  listStage: of('p.stage(own), rest', /number 2 of its stages is a list/, /^Spread the list: \.\.\.stages\.$/),
  notCalled: of('p.fetch(points), p.standardize', /number 2 of its stages is the function standardize/, /^Call it: standardize\(\.\.\.\)\.$/),
  noName: {
    ...of('', /^A pipeline begins with its name; /, /pipeline\('my-pipeline'/),
    text: `${SOURCE}export default p.pipeline(p.stage(own)); // mistake:\n`,
  },
  noStages: { ...of('', /^Pipeline 'wrong' has no stages\.$/, /^Begin with fetch/), text: `${SOURCE}export default p.pipeline('wrong'); // mistake:\n` },
  noStagesInside: of('p.branch({ a: [] })', /^Pipeline 'wrong' has no stages\.$/, /^Begin with fetch/),
  plainParams: of('{ params: { a: 1 } }, () => [p.stage(own)]', /^Pipeline 'wrong': params is a plain object; a zod object is needed\.$/, /z\.strictObject/),
  noParams: of('{}, () => [p.stage(own)]', /params is nothing/, /z\.strictObject/),
  rowNoList: of(
    '{ params: p.z.strictObject({}) }, () => p.stage(own)',
    /^Pipeline 'wrong': a function arrived; a list of stages is needed\.$/,
    /^Write the stages as a list/,
  ),
  branchOfNull: of('p.branch(null)', /^branch needs lists of stages by name; null arrived/, /branch\(\{ loose:/),
  branchNoList: of('p.branch({ a: p.stage(own) })', /^branch 'branch': a function arrived; a list of stages is needed/, /as a list/),
  fanOutNoList: of("p.fanOut('each', 3, () => [])", /^fanOut 'each' needs a list of values; 3 arrived/, /\[1, 2\]/),
  fanOutNoFunction: of("p.fanOut('each', [1, 2], p.stage(own))", /needs a function that makes a list of stages; a stage arrived/, /\(value\) =>/),
  fetchOfText: of("p.fetch('mnist')", /^fetch: "mnist" arrived; a source is needed/, /fetch\(mnist784\(\)\)/),
  fetchNotCalled: of('p.fetch(p.mnist784)', /^fetch: the function mnist784 arrived; a source is needed/, /^Call it: fetch\(mnist784\(\)\)\.$/),
  fetchNoLoad: of("p.fetch({ name: 'x' })", /^fetch: load of the source is nothing; a function is needed/, /load: async/),
  fitOfNothing: of('p.fetch(points), rest[0], p.fit()', /^fit: nothing arrived; an estimator is needed/, /^Write fit\(logisticRegression\(\)\)\.$/),
  fitNotCalled: of(
    'p.fetch(points), rest[0], p.fit(p.logisticRegression)',
    /^fit: the function logisticRegression arrived; an estimator is needed/,
    /fit\(logisticRegression\(\)\)/,
  ),
  noGrid: of(
    'p.fetch(points), rest[0], p.gridSearch(p.logisticRegression())',
    /^gridSearch: nothing arrived as the grid/,
    /\{ C: \[0\.1, 1, 10\] \}/,
    'E_PARAMS',
  ),
  gridFirst: of(
    'p.fetch(points), rest[0], p.gridSearch({ C: [1] }, p.logisticRegression())',
    /^gridSearch: a plain object arrived; an estimator is needed/,
    /gridSearch\(logisticRegression\(\), \{ C:/,
  ),
  operatorOfText: of("p.operator({ id: 'own', needs: [], provides: [], operator: 'map' })", /operator is "map"; a function/, /pipe\(map/),
  shaderOfText: of('p.wgslStage({ ...own, provides: undefined, run: undefined })', /^wgslStage 'own': there is no field 'provides'/, /./),
  shaderPath: of(
    "p.wgslStage({ id: 'own', needs: [], source: './own.wgsl', bindings: {}, launch: () => ({}) })",
    /source is "\.\/own\.wgsl"; the URL of a \.wgsl file is needed/,
    /new URL\('\.\/own\.wgsl', import\.meta\.url\)/,
  ),
  shaderElement: of(
    "p.wgslStage({ id: 'own', needs: [], source: new URL('file:///x.wgsl'), bindings: { a: p.output('f64') }, launch: () => ({}) })",
    /binding 'a' is output\("f64"\)/,
    /'u32', 'i32' or 'f32'/,
  ),
  misspeltKey: of(
    "p.fetch(points), rest[0], p.stage({ ...own, needs: ['trian'] })",
    /^Stage 'own' needs 'trian', which no stage before it provides\.$/,
    /^Did you mean train\? Else put the stage that provides 'trian' before it\.$/,
    'E_ORDER',
  ),
  inheritedKey: of("p.stage({ ...own, needs: ['constructor'] })", /needs 'constructor'/, /^Put the stage that provides it before it\.$/, 'E_ORDER'),
  throwingInfer: ownWith("provides: ['x'], infer: () => { throw new Error('no facts'); }", /^Stage 'own' threw: no facts$/, /--debug/, 'E_STAGE'),
};

const RUN: Readonly<Record<string, Mistake>> = {
  nothingReturned: ownWith("provides: ['x'], run: () => {}", /returned a value of type undefined; a record/, /^Return \{ x \}\.$/, 'E_STAGE'),
  throwingGetter: ownWith(
    "provides: ['x'], run: () => ({ get x() { throw new Error('unreadable'); } })",
    /^Stage 'own' threw: unreadable$/,
    /--debug/,
    'E_STAGE',
  ),
  rejectsWithNothing: of("p.fetch({ name: 'x', load: () => Promise.reject() })", /^Stage 'fetch' threw: undefined$/, /^Throw an Error that says/, 'E_STAGE'),
  throwingOutput: ownWith('output: (added) => added.x.y', /^Stage 'own' threw: Cannot read properties of undefined/, /--debug/, 'E_STAGE'),
  operatorOfJunk: of("p.operator({ id: 'own', needs: [], provides: [], operator: () => 5 })", /^Stage 'own' threw: /, /--debug/, 'E_STAGE'),
  seed: ownWith('run: (_, context) => ({ seed: context.seed() })', /uses a seed but is not declared seeded/, /^Add seeded: true/, 'E_STAGE'),
  notANumber: {
    text: `${SOURCE}const gap = async () => { const data = await points.load(); data.x.data[3] = NaN; return data; };
const fetched = p.fetch({ ...points, load: gap }); // mistake:
export default p.pipeline('wrong', fetched, ...rest);\n`,
    code: 'E_DATA',
    message: /^Row 1 of the features holds NaN in column 1; finite numbers are needed\. It came in with stage 'fetch'\.$/,
    hint: /^Fill gaps by impute\(\) in a chain, or leave such rows out in a stage before 'fit'\.$/,
  },
  textInAColumn: {
    text: `${SOURCE}const text = async () => ({ ...(await points.load()), x: p.matrix(rows, 2, Float32Array.from(Array(16).fill(['1', 'red']).flat().slice(0, 16))) });
const fetched = p.fetch({ ...points, load: text }); // mistake:
export default p.pipeline('wrong', fetched, p.split({ train: [0, 6], test: [6, 8] }), p.standardize(), rest[1]);\n`,
    code: 'E_DATA',
    message: /NaN in column 1.*It came in with stage 'fetch'\.$/,
    hint: /^No row has a number in column 1: give numbers, since text becomes NaN in a Float32Array/,
  },
  textAsLabels: {
    text: `${SOURCE}const text = async () => ({ ...(await points.load()), labels: Uint8Array.from(Array(rows).fill('setosa')) });
const rows8 = p.fetch({ ...points, load: text }); // mistake:
export default p.pipeline('wrong', rows8, ...rest);\n`,
    code: 'E_CLASS',
    message: /all 6 training rows of points have label 0/,
    hint: /^All 8 rows of points have label 0: .* text becomes 0 in a Uint8Array\.$/,
  },
  madeByAStage: {
    text: `${SOURCE}const spoil = p.stage({ id: 'spoil', needs: ['train'], provides: ['train'], // mistake:
  run: ({ train }) => ({ train: { ...train, x: p.matrix(rows, 2, train.x.data.map((v, i) => (i === 4 ? Infinity : v))) } }) });
export default p.pipeline('wrong', p.fetch(points), rest[0], spoil, rest[1]);\n`,
    code: 'E_DATA',
    message: /Row 2 .* Infinity in column 0.*It came in with stage 'spoil'/,
    hint: /before 'fit'/,
  },
  predictGap: {
    text: `${SOURCE}const gap = async () => { const data = await points.load(); data.x.data[15] = NaN; return data; };
export default p.pipeline('wrong', p.fetch({ ...points, load: gap }), ...rest,
  p.predict({ row: 7 }), // mistake:
);\n`,
    code: 'E_DATA',
    message: /^Row 7 of points holds NaN in column 1; a finite number is needed\.$/,
    hint: /^Predict another row, or let the model fill the gap: fit\(chain\(impute/,
  },
};

test('what cannot be a stage, a pipeline, a source or an estimator is told where it is written', async () => {
  await expectTold('check', DECLARED);
});

test('what goes wrong while it runs is told at the stage that made it', async () => {
  await expectTold('run', RUN);
});
