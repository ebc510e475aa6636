// Models as files: bit-equal when they come back, the same bytes each time, and no damaged file read as a model.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { oneVsRest, type OneVsRestModel } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import { readSafetensors, writeSafetensors } from '../../src/models/safetensors.ts';
import { loadModel, saveModel } from '../../src/node.ts';
import { standardScaling } from '../support/standardScaling.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const digits = smallSet('digits');
const threes = smallSet('digits', 3);
const SETTINGS = { tol: 0.1 } as const;

async function fitted(set: typeof digits): Promise<LogisticModel> {
  const scaling = await standardScaling(set);
  const [trained] = await logisticRegression(SETTINGS).train({ ...set, scaling }, [{ name: 'fit' }], {}, context);
  return trained!.model;
}

const two = await fitted(threes);
const ten = await fitted(digits);

describe.each([
  ['two classes', two, threes],
  ['ten classes', ten, digits],
])('a model of %s', (_, model, set) => {
  test('says the same of every row when it comes back', async () => {
    const bytes = await modelToBytes(model, { dataset: set.name });
    const { model: again, about } = await modelFromBytes<LogisticModel>('model.safetensors', bytes);
    expect(again).toMatchObject({ coef: model.coef, intercept: model.intercept, classes: model.classes, nIter: model.nIter, summary: model.summary });
    expect(await again.decisionFunction(set, context)).toEqual(await model.decisionFunction(set, context));
    expect(about).toEqual({ dataset: set.name });
    expect(await modelToBytes(again, about)).toEqual(bytes);
  });

  test('has its weights under their names', async () => {
    const { tensors } = readSafetensors('model', await modelToBytes(model));
    expect(tensors.get('coef')).toMatchObject({ shape: [model.coef.length, 64], data: Float64Array.of(...model.coef.flatMap((row) => [...row])) });
    expect([...tensors.keys()].toSorted()).toEqual(['coef', 'scaling.factor', 'scaling.shift']);
  });
});

test('a detector on 28 x 28 pixels is a file of less than 12 kB', async () => {
  const random = new RandomState(1);
  const x = matrix(
    100,
    784,
    Uint8Array.from({ length: 78_400 }, () => random.interval(255)),
  );
  const pictures = {
    name: 'pictures',
    role: 'train' as const,
    x,
    labels: Uint8Array.from({ length: 100 }, (_, i) => i % 2),
    rows: Uint32Array.from({ length: 100 }, (_, i) => i),
  };
  const [trained] = await logisticRegression(SETTINGS).train(pictures, [{ name: 'fit' }], {}, context);
  expect((await modelToBytes(trained!.model)).length).toBeLessThan(12_000);
});

test('a model made of models is one file', async () => {
  const [trained] = await oneVsRest(logisticRegression(SETTINGS)).train(digits, [{ name: 'fit' }], {}, context);
  const { model } = await modelFromBytes<OneVsRestModel<LogisticModel>>('model', await modelToBytes(trained!.model));
  expect(await model.predictProba(digits, context)).toEqual(await trained!.model.predictProba(digits, context));
});

test('numbers that JSON lacks come back', async () => {
  const values = { a: NaN, b: -Infinity, c: -0, d: [Float32Array.of(1, 2), Float32Array.of(3)], e: [Uint8Array.of(1), Uint8Array.of(2)], f: null, g: 'ü' };
  const { model } = await modelFromBytes('model', await modelToBytes(values));
  expect(model).toEqual(values);
});

test('names that collide stay apart', async () => {
  const values = { 'a.b': Float64Array.of(1), a: { b: Float64Array.of(2) } };
  expect((await modelFromBytes('model', await modelToBytes(values))).model).toEqual(values);
});

test.each([
  [{ f: () => 1 }, 'f is a function'],
  [{ a: { $type: 'x' } }, "a is an object with a field '$type'"],
  [{ list: [1, new Map()] }, 'list.1 is a Map'],
  [{ big: BigInt64Array.of(1n) }, 'big is a BigInt64Array'],
])('%o is not saved', async (model, message) => {
  await expect(modelToBytes(model)).rejects.toMatchObject({ code: 'E_ENCODE', message: expect.stringContaining(message) });
});

describe('a damaged file', () => {
  const read = async (bytes: Uint8Array): Promise<unknown> => modelFromBytes('two.safetensors', bytes).then((found) => found.model);

  test('that was cut anywhere is refused by name', async () => {
    const bytes = await modelToBytes(two);
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 97) {
      await expect(read(bytes.slice(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'E_DATA',
        message: expect.stringMatching(/^two\.safetensors /),
      });
    }
    await expect(read(bytes.slice(0, -1))).rejects.toMatchObject({
      message: `two.safetensors is cut off: it has ${bytes.length - 1} of ${bytes.length} bytes.`,
    });
    await expect(read(Uint8Array.of(...bytes, 0))).rejects.toMatchObject({ message: 'two.safetensors has 1 byte more than its header says.' });
  });

  test('with any bit turned is refused', async () => {
    const bytes = await modelToBytes(two);
    for (let at = 0; at < bytes.length; at += 13) {
      const wrong = bytes.slice();
      wrong[at]! ^= 1 << (at % 8);
      await expect(read(wrong), `byte ${at}`).rejects.toMatchObject({ code: expect.stringMatching(/^E_(DATA|DIGEST)$/) });
    }
  });

  test('of another version, another program or another type says so', async () => {
    const { tensors, metadata } = readSafetensors('two', await modelToBytes(two));
    const later = writeSafetensors({ tensors, metadata: { ...metadata, version: '2' } });
    await expect(read(later)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'two.safetensors is a model file of version 2; this pipeline-gpu reads version 1.',
      hint: 'Update pipeline-gpu.',
    });
    await expect(read(writeSafetensors({ tensors, metadata: {} }))).rejects.toMatchObject({
      message: 'two.safetensors holds tensors but no model of pipeline-gpu.',
    });
    await expect(read(new TextEncoder().encode('a,b\n1,2\n'))).rejects.toMatchObject({ message: 'two.safetensors is not a safetensors file.' });
    const changed = writeSafetensors({ tensors, metadata: { ...metadata, about: '{"dataset":"other"}' } });
    await expect(read(changed)).rejects.toMatchObject({ code: 'E_DIGEST' });
  });
});

test('saveModel and loadModel go through a file, and a model computes without a context', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'pipeline-model-')), 'deep', 'two.safetensors');
  await saveModel(file, two, { by: 'test' });
  expect(readFileSync(file)).toEqual(Buffer.from(await modelToBytes(two, { by: 'test' })));
  const model = await loadModel<LogisticModel>(file);
  expect(await model.predict(threes)).toEqual(await two.predict(threes, context));
  await expect(loadModel('none.safetensors')).rejects.toMatchObject({ code: 'E_DATA', message: 'none.safetensors is not there.' });
});
