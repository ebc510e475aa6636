// Every estimator that the package exports, as ONNX in onnxruntime and as JSON in the predictor: what they say is what the model says. An
// estimator that cannot be exported is listed here, with the reason.
import { expect, test } from 'vitest';
import { targetByKind } from '../../src/dsl/kind.ts';
import type { Predictor } from '../../src/dsl/estimator.ts';
import { modelToOnnx } from '../../src/models/export/export.ts';
import { tablesOf } from '../../src/testing/tables.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { exportedEstimators, ON_TEXTS } from '../support/exportedEstimators.ts';
import { checkExports } from '../support/exportedModels.ts';
import { stageContext } from '../support/smallSets.ts';

const NOT_EXPORTED: Readonly<Record<string, RegExp>> = {
  functionTransformer: /halves cannot be exported: what it computes is code of its own/, // a user's own code
  hashing: /hashing cannot be exported: it hashes names/,
};

/** These are of two classes. */
const OF_TWO: ReadonlySet<string> = new Set(['fixedThresholdClassifier', 'tunedThresholdClassifier']);

const context = stageContext(new ReferenceCompute());

test.each(exportedEstimators().filter(([name]) => !ON_TEXTS.has(name)))('%s', async (name, estimator) => {
  const tables = tablesOf(name === 'selectKBest' ? 'classes' : targetByKind[estimator.kind ?? 'classifier']);
  for (const table of OF_TWO.has(name) ? tables.slice(1) : tables) {
    const [{ model }] = (await estimator.train(table as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: Predictor }];
    const refused = NOT_EXPORTED[name];
    if (refused) await expect(modelToOnnx(model)).rejects.toThrow(refused);
    else await checkExports(model, context);
  }
});
