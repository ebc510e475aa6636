// Files that skl2onnx wrote of models of scikit-learn, run by the interpreter: they give what onnxruntime gives.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { GraphTensor } from '../../src/models/graph/graph.ts';
import { further } from '../../src/models/graph/operators/further.ts';
import { operatorOf, runGraph, unknownOperators } from '../../src/models/graph/run.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { writeOnnx } from '../../src/models/onnx/write.ts';
import { fedTo, worstError, type Figures } from '../support/onnxFigures.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/onnx');

interface More extends Figures {
  /** The file, in base64. */
  readonly onnx: string;
}

const { files } = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as { readonly files: readonly Figures[] };
const more = JSON.parse(gunzipSync(readFileSync(join(FOLDER, 'more.json.gz'))).toString()) as readonly More[];

/** Written and read again on the way, which must change nothing. */
function run(file: Figures, bytes: Uint8Array): Readonly<Record<string, GraphTensor>> {
  const { graph } = readOnnx('again', writeOnnx(readOnnx(file.file, bytes).graph));
  return runGraph(graph, fedTo(graph, file.inputs), further);
}

describe('within 1e-5 of onnxruntime, and with its labels:', () => {
  test.each(files)('$file', (file) => {
    expect(worstError(file.onnxruntime!, run(file, readFileSync(join(FOLDER, file.file))))).toBeLessThanOrEqual(1e-5);
  });

  const known = more.filter(({ file, onnxruntime }) => onnxruntime && file !== 't-knn-impute.onnx'); // functions of its own: see below
  // Squares of distances are differences of large numbers there, in f32.
  const ROUNDED: Readonly<Record<string, number>> = { 't-kmeans.onnx': 3e-5, 't-minibatch-kmeans.onnx': 3e-5 };
  test.each(known)('$file', (file) => {
    expect(worstError(file.onnxruntime!, run(file, Buffer.from(file.onnx, 'base64')))).toBeLessThanOrEqual(ROUNDED[file.file] ?? 1e-5);
  });
});

test('what onnxruntime refuses as doubles gives what scikit-learn gives', () => {
  const names = ['tree-double.onnx', 'hist-double.onnx', 'r-tree-double.onnx', 'r-forest-double.onnx', 'gradient-start.onnx'];
  const found = more.filter(({ file }) => names.includes(file));
  expect(found.map(({ file }) => file).toSorted()).toEqual(names.toSorted());
  for (const file of found) {
    const outputs = run(file, Buffer.from(file.onnx, 'base64'));
    const { predict, predict_proba: shares } = file.sklearn!;
    const [label, probabilities] = Object.keys(outputs);
    expect(worstError({ [label!]: predict!, ...(shares && { [probabilities!]: shares }) }, outputs)).toBeLessThanOrEqual(1e-5);
  }
});

test('operators that are not run here are these: of texts, of Gaussian processes that classify, and functions that KNNImputer brings', () => {
  const unknown = more.flatMap((file) => unknownOperators(readOnnx(file.file, Buffer.from(file.onnx, 'base64')).graph, further).map(operatorOf));
  expect([...new Set(unknown)].toSorted()).toEqual([
    'StringNormalizer',
    'TfIdfVectorizer',
    'com.microsoft:Solve',
    'com.microsoft:Tokenizer',
    'local_domain:dict_idx_map',
    'local_domain:dist_nan_euclidean',
    'local_domain:knn_imputer_column',
  ]);
});
