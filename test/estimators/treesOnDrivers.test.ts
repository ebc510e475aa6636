// One forest and one boosting on every driver, without a device, and of every version: digests of their fields are kept.
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import digests from '../fixtures/treesOnDrivers.json' with { type: 'json' };
import {
  extraTreesClassifier,
  extraTreesRegressor,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  matrix,
  randomForestClassifier,
  randomForestRegressor,
} from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { fitted } from '../support/figures.ts';
import { rawSet } from '../support/smallSets.ts';
import { exactSet } from '../support/valueTrees.ts';

// Otherwise boosting takes whatever is faster, which is the host where a device is software.
vi.mock('../../src/estimators/boosting/growth/device.ts', async (original) => ({
  ...(await original<typeof import('../../src/estimators/boosting/growth/device.ts')>()),
  countsSooner: async () => true,
}));

/** Of every model, and of its numbers to the last bit. */
async function digestOf(model: Promise<{ readonly fields: object }>): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries((await model).fields).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name);
    hash.update(ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : JSON.stringify(value));
  }
  return hash.digest('hex');
}

const digits = rawSet('digits');
const diabetes = exactSet('diabetes');
/** So many rows of digits that a device counts those of the root of a boosted tree. */
const many = { ...digits, rows: Uint32Array.from({ length: 33_000 }, (_, i) => (i * 7919) % 1797), labels: digits.labels.map((label) => Number(label > 4)) };
const { labels: _, ...bare } = many;
const values = matrix(
  1797,
  1,
  Float64Array.from(digits.labels, (label, row) => label + (row % 5) / 8),
);

const options = { maxIter: 2, maxLeafNodes: 8, earlyStopping: false } as const;
const models: Readonly<Record<keyof typeof digests, (on: Compute) => Promise<{ readonly fields: object }>>> = {
  randomForestClassifier: (on) => fitted(randomForestClassifier({ nEstimators: 3, seed: 1, oobScore: true }), digits, on),
  randomForestClassifierOfEntropy: (on) => fitted(randomForestClassifier({ nEstimators: 2, criterion: 'entropy', minSamplesLeaf: 3, seed: 2 }), digits, on),
  extraTreesClassifier: (on) => fitted(extraTreesClassifier({ nEstimators: 3, seed: 3 }), digits, on),
  randomForestRegressor: (on) => fitted(randomForestRegressor({ nEstimators: 3, maxFeatures: 4, seed: 4 }), diabetes, on),
  extraTreesRegressor: (on) => fitted(extraTreesRegressor({ nEstimators: 3, seed: 5 }), diabetes, on),
  histGradientBoostingClassifier: (on) => fitted(histGradientBoostingClassifier(options), many, on),
  histGradientBoostingRegressor: (on) => fitted(histGradientBoostingRegressor(options), { ...bare, values }, on),
};

test.each(Object.entries(models))('%s', async (name, grown) => {
  const expected = digests[name as keyof typeof digests];
  expect(await digestOf(grown(new ReferenceCompute())), 'without a device').toBe(expected);
  const drivers: string[] = [];
  for (const adapter of ['swiftshader', 'lavapipe']) {
    const opened = await openNodeCompute({ adapter }).catch((error: unknown) => {
      // SwiftShader comes with the package; lavapipe is where the system has it.
      if (adapter === 'lavapipe' && (error as { readonly code?: string }).code === 'E_NO_ADAPTER') return undefined;
      throw error;
    });
    if (!opened) continue;
    const launches = vi.spyOn(opened.compute, 'launch');
    try {
      expect(await digestOf(grown(opened.compute)), adapter).toBe(expected);
      expect(launches).toHaveBeenCalled();
      drivers.push(adapter);
    } finally {
      opened.compute.destroy();
    }
  }
  expect(drivers).toContain('swiftshader');
});
