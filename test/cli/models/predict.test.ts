// `pipeline predict`: answers for the rows of files, and what it says of files that do not fit.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { encode } from 'fast-png';
import { beforeAll, expect, test } from 'vitest';
import { cli, type Finished } from '../../support/cli.ts';
import { project } from '../../support/project.ts';
import { penguinModel, type Penguins } from '../../support/penguinModel.ts';
import { rawSet, stageContext } from '../../support/smallSets.ts';
import { logisticRegression } from '../../../src/api.ts';
import { matrix } from '../../../src/core/data/matrix.ts';
import { parquet } from '../../../src/formats/parquet/parquet.ts';
import { exportModel, saveModel } from '../../../src/node.ts';
import { nodeSurroundings } from '../../../src/runtime/node/surroundings.ts';
import { ReferenceCompute } from '../../../src/runtime/host/referenceCompute.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-predict-'));
const at = (name: string): string => join(folder, name);
let penguins: Penguins;
let species: readonly string[];

beforeAll(async () => {
  penguins = await penguinModel(at('penguins.safetensors'));
  const { model, rows, context } = penguins;
  species = [...(await model.predict(rows, context))].map((label) => String(model.classNames![model.classes.indexOf(label)]));
});

const predict = (input: string, ...more: readonly string[]): Promise<Finished> =>
  cli(['predict', at('penguins.safetensors'), '--input', at(input), ...more], { env: { PIPELINE_ADAPTER: 'host' } });
const lines = (text: string): readonly string[] => text.trimEnd().split('\n');

test('columns go by name: another order, and columns beside them, change nothing', async () => {
  const names = penguins.rows.columns!;
  writeFileSync(at('a.csv'), penguins.csv());
  writeFileSync(at('b.csv'), penguins.csv(['note', ...names.toReversed(), 'ring']));
  const [a, b] = await Promise.all([predict('a.csv'), predict('b.csv', '--id', 'ring')]);
  expect(a).toMatchObject({ code: 0, stderr: '' });
  expect(lines(a.stdout)).toEqual(['prediction', ...species]);
  expect(b).toMatchObject({ code: 0, stderr: '! b.csv: the model does not look at note.\n' });
  expect(lines(b.stdout)).toEqual(['ring,prediction', ...species.map((name, row) => `ring ${row},${name}`)]);
});

test('the column that says what rows are called may be one that the model uses', async () => {
  const names = penguins.rows.columns!;
  writeFileSync(at('a.csv'), penguins.csv());
  const cells = lines(penguins.csv()).map((line) => line.split(','));
  for (const id of [names.find((_, j) => penguins.rows.x.categories?.[j])!, names.find((_, j) => !penguins.rows.x.categories?.[j])!]) {
    const done = await predict('a.csv', '--id', id);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(lines(done.stdout)).toEqual([`${id},prediction`, ...species.map((name, row) => `${cells[row + 1]![names.indexOf(id)]},${name}`)]);
  }
});

test('answers that nobody reads on, signals, folders and names that stand twice end it without a trace', async () => {
  const many = penguins.csv([...penguins.rows.columns!, 'prediction']).split('\n');
  writeFileSync(at('many.csv'), [many[0], ...Array.from({ length: 300 }, () => many.slice(1)).flat()].join('\n'));
  mkdirSync(at('folder.safetensors'));
  mkdirSync(at('last'));
  const command = `set -o pipefail; node bin/pipeline.js predict ${at('penguins.safetensors')} --adapter host --input ${at('many.csv')} | head -1`;
  const head = promisify(execFile)('bash', ['-c', command]);
  const stopped = cli(['predict', at('penguins.safetensors'), '--adapter', 'host', '--input', at('many.csv'), '--output', at('stopped.csv')], {
    onStderr: (text, kill) => text.includes('does not look at prediction') && kill('SIGINT'),
  });
  expect(await head).toEqual({ stdout: 'prediction\n', stderr: '! many.csv: the model does not look at prediction.\n' });
  expect(await stopped).toMatchObject({ code: 130 });
  expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
  const [twice, refused, last] = await Promise.all([
    predict('many.csv', '--id', 'prediction'),
    cli(['predict', at('folder.safetensors'), '--input', at('many.csv')]),
    cli(['predict', 'last', '--input', at('many.csv')], { cwd: folder, env: { PIPELINE_RUNS: at('runs') } }),
  ]);
  expect(twice).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("Two columns of the answers would be called 'prediction'.") });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('folder.safetensors is a folder.') });
  expect(last).toMatchObject({ code: 2, stderr: expect.stringContaining("No run 'last'") });
});

test('files by their ending: probabilities by class in Parquet, objects in JSON Lines', async () => {
  const { model, rows, context } = penguins;
  writeFileSync(at('a.csv'), penguins.csv());
  const done = await Promise.all([predict('a.csv', '--proba', '--output', at('o.parquet')), predict('a.csv', '--proba', '--output', at('o.jsonl'))]);
  expect(done.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const shares = await model.predictProba!(rows, context);
  const names = model.classNames!.map((name) => `probability_${String(name)}`);
  const objects = lines(readFileSync(at('o.jsonl'), 'utf8')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(Object.keys(objects[0]!)).toEqual(['prediction', ...names]);
  const read: unknown[][] = [];
  await parquet(pathToFileURL(at('o.parquet'))).read({ disk: nodeSurroundings() }, (columns) => {
    expect(columns).toEqual(['prediction', ...names]);
    let row: unknown[] = [];
    const put = (value: unknown): undefined => void row.push(value);
    return {
      cells: columns.map((_, c) => ({ numeric: c > 0, number: put, text: put, missing: () => put(undefined) })),
      endRow: () => [read.push(row), (row = [])],
    };
  });
  expect(read.length).toBe(species.length);
  read.forEach((row, i) => {
    expect(row).toEqual(Object.values(objects[i]!));
    expect(row[0]).toBe(species[i]);
    row.slice(1).forEach((share, c) => expect(share as number).toBeCloseTo(shares[i * names.length + c]!, 6));
  });
});

test('what does not fit is told with its place, and leaves no file', async () => {
  const names = penguins.rows.columns!;
  const table = lines(penguins.csv()).slice(0, 4);
  const number = names.findIndex((_, j) => !penguins.rows.x.categories?.[j]);
  const name = names.findIndex((_, j) => penguins.rows.x.categories?.[j]);
  const with2 = (column: number, cell: string): string => table.map((line, i) => (i === 3 ? line.split(',').with(column, cell).join(',') : line)).join('\n');
  writeFileSync(at('text.csv'), with2(number, 'long'));
  writeFileSync(at('level.csv'), with2(name, 'Atlantis'));
  writeFileSync(at('lacks.csv'), table.map((line) => line.split(',').slice(2).join(',')).join('\n'));
  writeFileSync(at('none.csv'), table[0]!);
  writeFileSync(at('before.csv'), 'what was there');
  const [text, level, lacks, none, ending, missing] = await Promise.all([
    predict('text.csv', '--output', at('before.csv')),
    predict('level.csv'),
    predict('lacks.csv'),
    predict('none.csv'),
    predict('text.csv', '--output', at('o.xlsx')),
    predict('not-there.csv'),
  ]);
  expect(text.code).toBe(3);
  expect(text.stderr).toContain(`text.csv, line 4 (row 2), column '${names[number]}': 'long' is no number.`);
  expect(readFileSync(at('before.csv'), 'utf8')).toBe('what was there');
  expect(readdirSync(folder).filter((one) => one.endsWith('.part'))).toEqual([]);
  expect(level.code).toBe(3);
  expect(level.stderr).toContain(`level.csv, row 2, column '${names[name]}': 'Atlantis' is none of the names that the model knows. `);
  expect(lacks.code).toBe(3);
  expect(lacks.stderr).toContain(`lacks.csv lacks 2 columns of the model: '${names[0]}', '${names[1]}'.`);
  expect(none.stderr).toContain('none.csv has no rows.');
  expect(ending).toMatchObject({ code: 2 });
  expect(existsSync(at('o.xlsx'))).toBe(false);
  expect(missing.code).toBe(3);
});

test('what stood for no value in the fit does so when the model is asked, as a file, of a run and exported', { timeout: 120_000 }, async () => {
  const { write, run } = project();
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 7 === 3 ? 'NA' : i},${i % 5 === 0 ? '' : i % 2 ? 'red' : 'NA'},${i < 20 ? 'low' : 'high'}`);
  write('points.csv', ['size,color,level', ...rows].join('\n'));
  // The empty text is a color here.
  write(
    'learn.ts',
    `import { category, chain, columns, csv, decisionTreeClassifier, fetch, fit, impute, label, number, oneHot, pipeline, save, split, table } from 'pipeline-gpu';
const points = table(csv('points.csv', { missing: ['NA'] }), { size: number(), color: category(), level: label() });
const ready = columns({ size: impute(), color: [impute({ strategy: 'constant', fillValue: 'none' }), oneHot()] });
export default pipeline('learn', fetch(points), split({ test: 0.25, seed: 1 }), fit(chain(ready, decisionTreeClassifier({ seed: 1 }))), save('saved.safetensors'));\n`,
  );
  const learned = await run(['run', 'learn.ts']);
  expect(learned.code, learned.stdout + learned.stderr).toBe(0);
  expect((await run(['export', 'exported.json'])).code).toBe(0);
  write('asked.csv', 'size,color\nNA,red\n39,\n2,NA\n');
  const said = await Promise.all(['saved.safetensors', 'last', 'exported.json'].map((model) => run(['predict', model, '--input', 'asked.csv'])));
  for (const { code, stdout, stderr } of said) {
    expect(code, stderr).toBe(0);
    expect(lines(stdout)).toEqual(['prediction', expect.stringMatching(/^(low|high)$/), 'high', 'low']);
  }
});

test('a model without names takes columns by position, arrays of numpy, and pictures by file name', async () => {
  const digits = rawSet('digits');
  const [trained] = await logisticRegression({ tol: 0.1 }).train(digits, [{ name: 'fit' }], {}, stageContext(new ReferenceCompute()));
  const { model } = trained!;
  await saveModel(at('digits.safetensors'), model, { fittedOn: { cols: 64, picture: { width: 8, height: 8 } } });
  const ask = (input: string, ...more: readonly string[]): Promise<Finished> =>
    cli(['predict', at('digits.safetensors'), '--input', at(input), ...more], { env: { PIPELINE_ADAPTER: 'host' } });
  const few = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const row = (i: number): Uint8Array => digits.x.data.subarray(i * 64, (i + 1) * 64) as Uint8Array;
  writeFileSync(at('digits.csv'), [Array.from({ length: 64 }, (_, j) => `p${j}`).join(','), ...few.map((i) => row(i).join(','))].join('\n'));
  writeFileSync(at('more.csv'), `a,${readFileSync(at('digits.csv'), 'utf8').split('\n')[0]}\n`);
  const head = "{'descr': '|u1', 'fortran_order': False, 'shape': (10, 64), }";
  const text = `${head.padEnd(117)}\n`;
  const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length % 256, text.length >> 8);
  writeFileSync(at('digits.npy'), Buffer.concat([magic, Buffer.from(text, 'latin1'), ...few.map(row)]));
  mkdirSync(at('drawn'));
  for (const i of few) writeFileSync(at(`drawn/${i}.png`), encode({ width: 8, height: 8, data: row(i), channels: 1, depth: 8 }));
  const labels = [...(await model.predict({ ...digits, rows: Uint32Array.from(few) }, stageContext(new ReferenceCompute())))].map(String);
  const [csv, npy, pictures, more] = await Promise.all([ask('digits.csv'), ask('digits.npy'), ask('drawn'), ask('more.csv')]);
  expect(lines(csv.stdout)).toEqual(['prediction', ...labels]);
  expect(lines(npy.stdout)).toEqual(['prediction', ...labels]);
  expect(lines(pictures.stdout)).toEqual(['file,prediction', ...labels.map((label, i) => `${i}.png,${label}`)]);
  expect(more.stderr).toContain('more.csv has 65 columns; the model was fitted on 64 columns without names.');
});

test('files for other programs: columns by name in model.json and in ONNX, also where these are one input', async () => {
  const { model, rows, context } = penguins;
  const names = rows.columns!;
  await exportModel(at('model.json'), model);
  writeFileSync(at('b.csv'), penguins.csv([...names.toReversed(), 'ring']));
  const ask = (file: string, input: string, ...more: readonly string[]): Promise<Finished> => cli(['predict', file, '--input', input, ...more]);

  const other = JSON.parse(readFileSync('test/fixtures/onnx/index.json', 'utf8')) as { readonly files: readonly Table[] };
  const table = other.files.find(({ file }) => file === 'table-logistic.onnx')!;
  const order = ['sex', 'age', 'port', 'fare'];
  const line = (cells: readonly (string | number | null)[]): string => cells.map((cell) => cell ?? '').join(',');
  writeFileSync(at('people.csv'), [order.join(','), ...table.inputs['age']!.map((_, i) => line(order.map((name) => table.inputs[name]![i]![0]!)))].join('\n'));

  const x = matrix(6, 2, Float64Array.of(0, 5, 1, 4, 2, 9, 30, 4, 31, 7, 32, 6));
  const two = {
    name: 'two',
    role: 'train',
    x,
    labels: Uint8Array.of(0, 0, 0, 1, 1, 1),
    rows: Uint32Array.of(0, 1, 2, 3, 4, 5),
    columns: ['wide', 'high'],
  } as const;
  const [trained] = await logisticRegression().train(two, [{ name: 'fit' }], {}, stageContext(new ReferenceCompute()));
  await exportModel(at('two.onnx'), trained!.model);
  writeFileSync(at('two.csv'), 'high,wide\n5,1\n1,31\n');
  const table2 = lines(penguins.csv());
  writeFileSync(at('level.csv'), [...table2.slice(0, 3), table2[3]!.replace(/Torgersen/, 'Atlantis')].join('\n'));

  const [json, theirs, ours, level, none] = await Promise.all([
    ask(at('model.json'), at('b.csv'), '--proba', '--id', 'ring'),
    ask('test/fixtures/onnx/table-logistic.onnx', at('people.csv'), '--proba'),
    ask(at('two.onnx'), at('two.csv')),
    ask(at('model.json'), at('level.csv')),
    ask('package.json', at('b.csv')),
  ]);
  const shares = await model.predictProba!(rows, context);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  const said = lines(json.stdout).map((row) => row.split(','));
  expect(said[0]).toEqual(['ring', 'prediction', ...model.classNames!.map((name) => `probability_${String(name)}`)]);
  expect(said.slice(1).map(([ring, name]) => [ring, name])).toEqual(species.map((name, row) => [`ring ${row}`, name]));
  said.slice(1).forEach((row, i) => row.slice(2).forEach((share, c) => expect(Number(share)).toBeCloseTo(shares[3 * i + c]!, 5)));
  expect(theirs).toMatchObject({ code: 0, stderr: '' });
  const people = lines(theirs.stdout)
    .map((row) => row.split(',').map(Number))
    .slice(1);
  expect(people.map(([label]) => label)).toEqual(table.sklearn.predict);
  people.forEach((row, i) => row.slice(1).forEach((share, c) => expect(share).toBeCloseTo(table.sklearn.predict_proba[i]![c]!, 5)));
  expect(ours).toMatchObject({ code: 0, stdout: 'prediction\n0\n1\n' });
  expect(level).toMatchObject({ code: 3, stdout: '' });
  expect(level.stderr).toMatch(/level\.csv, row 2, column 'island': 'Atlantis' is none of the names that the model knows\. .*'island' of row 2 is "Atlantis"/);
  expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('This is no model.json of pipeline-gpu') });
});

interface Table {
  readonly file: string;
  readonly inputs: Readonly<Record<string, readonly (readonly (string | number | null)[])[]>>;
  readonly sklearn: { readonly predict: readonly number[]; readonly predict_proba: readonly (readonly number[])[] };
}
