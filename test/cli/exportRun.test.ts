// The model of a recorded run as files for other programs.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { exportModel, loadModel } from '../../src/node.ts';
import { predictor } from '../../src/predictor.ts';
import { tempFolder } from '../support/files.ts';
import { project } from '../support/project.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';

const LEARN = `import { branch, fetch, fit, gaussianNB, iris, logisticRegression, partialFit, pipeline, score, split } from 'pipeline-gpu';
const rows = [fetch(iris()), split({ test: 0.2, seed: 1 })] as const;
`;

test('export writes the last model, or that of a stage, in each format', { timeout: 120_000 }, async () => {
  const { folder, write, run } = project();
  write('one.ts', `${LEARN}export default pipeline('one', ...rows, fit(logisticRegression({ maxIter: 5 })), score({ on: 'test' }));\n`);
  expect((await run(['run', 'one.ts'])).code).toBe(0);
  for (const args of [['model.json'], ['last', 'model.onnx']]) {
    const { code, stdout, stderr } = await run(['export', ...args]);
    expect({ code, stderr }, stderr).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${args.at(-1)} {2}\\d+ bytes, the model of fit in run \\d{8}-`));
  }
  const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { readonly about: object; readonly classes: readonly string[] };
  expect(json).toMatchObject({ kind: 'classifier', about: { pipeline: 'one', stage: 'fit', scores: { testAccuracy: expect.any(Number) } } });
  const row = [5.1, 3.5, 1.4, 0.2];
  const [{ label, probabilities }] = predictor(json)([row]) as [{ readonly label: string; readonly probabilities: readonly number[] }];
  expect(json.classes).toContain(label);
  const onnx = await runWithOnnxRuntime(readFileSync(join(folder, 'model.onnx')), { X: { type: 'float', dims: [1, 4], data: Float32Array.from(row) } });
  expect(onnx['label']!.data).toEqual([label]);
  (onnx['probabilities']!.data as Float32Array).forEach((share, c) => expect(share).toBeCloseTo(probabilities[c]!, 5));

  // A model that went on took the place of the one before.
  write('on.ts', `${LEARN}export default pipeline('on', ...rows, fit(gaussianNB()), partialFit(gaussianNB()));\n`);
  expect((await run(['run', 'on.ts'])).code).toBe(0);
  for (const [choice, path] of [
    [[], 'partial-fit'],
    [['--stage', 'fit'], 'fit'],
  ] as const) {
    expect(await run(['export', 'model.json', ...choice])).toMatchObject({ code: 0, stdout: expect.stringContaining(`the model of ${path} in run`) });
  }

  write(
    'two.ts',
    `${LEARN}export default pipeline('two', ...rows, branch({ plain: [fit(logisticRegression({ maxIter: 5 }))], bayes: [fit(gaussianNB())] }));\n`,
  );
  expect((await run(['run', 'two.ts'])).code).toBe(0);
  const several = await run(['export', 'model.json']);
  expect(several).toMatchObject({ code: 2, stderr: expect.stringMatching(/has 2 models: \S*bayes\S*, \S*plain\S*\./) });
  const path = /--stage (\S*bayes\S*)\./.exec(several.stderr)![1]!;
  expect(await run(['export', 'model.json', '--stage', path])).toMatchObject({ code: 0, stdout: expect.stringContaining(`the model of ${path} in run`) });

  // Whoever asks the run of something is told the same.
  write('flowers.csv', 'sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n');
  const asked = await run(['predict', 'last', '--input', 'flowers.csv']);
  const same = { code: 2, stdout: '', stderr: several.stderr };
  expect(asked).toMatchObject(same);
  expect(await run(['serve', 'last', '--port', '0'])).toMatchObject(same);
  expect(await run(['predict', 'last', '--input', 'flowers.csv', '--stage', path])).toMatchObject({ code: 0, stdout: 'prediction\nsetosa\n' });
  expect(await run(['predict', 'last', '--input', 'flowers.csv', '--stage', 'fit'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("has no model of a stage 'fit'"),
  });
  expect(await run(['predict', 'model.json', '--input', 'flowers.csv', '--stage', path])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('model.json is a file, which has one model; --stage names a stage of a run.'),
  });
});

test('a model that the cache has dropped is told, and no other one of the run is taken for it', { timeout: 120_000 }, async () => {
  const { folder, write, run, records } = project();
  write('two.ts', `${LEARN}export default pipeline('two', ...rows, branch({ plain: [fit(gaussianNB({ varSmoothing: 1 }))], bayes: [fit(gaussianNB())] }));\n`);
  write('on.ts', `${LEARN}export default pipeline('on', ...rows, fit(gaussianNB()), partialFit(gaussianNB()));\n`);
  const drop = (stage: string): void => {
    const { key } = records()
      .at(-1)!
      .stages.find(({ path }) => path.endsWith(stage))!;
    const [entry] = (readdirSync(join(folder, 'cache'), { recursive: true }) as string[]).filter((name) => name.includes(key!));
    rmSync(join(folder, 'cache', entry!), { recursive: true });
  };
  expect((await run(['run', 'on.ts'])).code).toBe(0);
  drop('partial-fit');
  // The fit before it is another model.
  expect(await run(['export', 'model.json'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/The cache no longer has that of partial-fit of run \S+\.\s+try: Run the pipeline again, .* say which other: --stage fit\./),
  });
  expect(await run(['export', 'model.json', '--stage', 'fit'])).toMatchObject({ code: 0 });
  expect((await run(['run', 'two.ts'])).code).toBe(0);
  drop('plain/fit');
  const one = await run(['export', 'model.json']);
  expect(one).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/has 2 models: \S*bayes\/fit, \S*plain\/fit\. The cache no longer has that of \S*plain\/fit\./),
  });
  expect(await run(['export', 'model.json', '--stage', /--stage (\S+)\./.exec(one.stderr)![1]!])).toMatchObject({ code: 0 });
  drop('bayes/fit');
  expect(await run(['export', 'model.json'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/left no model in the cache\.\s+try: Run the pipeline again/),
  });
});

test('load says what the classes of an ONNX file are called', { timeout: 60_000 }, async () => {
  const { write, run } = project();
  const file = join(import.meta.dirname, '../fixtures/onnx/logistic-iris.onnx');
  const loading = (from: string): string =>
    `import { fetch, iris, load, pipeline, score, split } from 'pipeline-gpu';
export default pipeline('theirs', fetch(iris()), split({ test: 0.3, seed: 1 }), load(${JSON.stringify(from)}, { classNames: ['setosa', 'versicolor', 'virginica'] }), score({ on: 'test' }));\n`;
  write('theirs.ts', loading(file));
  const { code, stdout, stderr } = await run(['run', 'theirs.ts']);
  expect(code, stdout + stderr).toBe(0);
  expect(Number(/accuracy\D*([\d.]+)/i.exec(stdout + stderr)?.[1])).toBeGreaterThan(0.9);
  write('ours.ts', loading('two.safetensors'));
  expect(await run(['run', 'ours.ts'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/load: 'classNames' is given for two\.safetensors; only ONNX files leave it open\.[^]*ours\.ts:2/),
  });
});

test('exportModel writes what the name of the file says', async () => {
  const model = logisticModel({ coef: [Float64Array.of(1, 2)], intercept: [0.5], classes: [0, 1], nIter: 1, binarized: false, summary: {} });
  const folder = tempFolder();
  const bytes = await exportModel(join(folder, 'model.safetensors'), model, { about: { from: 'here' } });
  expect(readFileSync(join(folder, 'model.safetensors'))).toHaveLength(bytes);
  expect((await loadModel(join(folder, 'model.safetensors'))).classes).toEqual([0, 1]);
  await expect(exportModel(join(folder, 'model.txt'), model)).rejects.toMatchObject({ code: 'E_USAGE', hint: 'End its name in .onnx, .json or .safetensors.' });
  mkdirSync(join(folder, 'folder.json'));
  writeFileSync(join(folder, 'model.json'), '');
  for (const own of ['folder.json', 'model.json/inner.json'])
    await expect(exportModel(join(folder, own), model)).rejects.toMatchObject({ code: 'E_USAGE', message: expect.stringContaining(' cannot be written: ') });
  for (const own of ['model.json', 'model.safetensors'])
    await expect(exportModel(join(folder, own), model, { numbers: 'double' })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(`${own} always holds numbers as float64.`),
    });
  const mixed = logisticModel({
    coef: [Float64Array.of(1, 2)],
    intercept: [0.5],
    classes: [0, 1],
    classNames: [1, '1'],
    nIter: 1,
    binarized: false,
    summary: {},
  } as Parameters<typeof logisticModel>[0]);
  for (const own of ['mixed.onnx', 'mixed.json'])
    await expect(exportModel(join(folder, own), mixed)).rejects.toMatchObject({
      code: 'E_ENCODE',
      message: expect.stringContaining("two of its classes are '1'"),
    });
  await expect(exportModel(join(folder, 'model.onnx'), { predictRow: () => 1 })).rejects.toThrow(
    'What was given cannot be exported: it is no model that can be saved.',
  );
});
