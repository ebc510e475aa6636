// Every estimator that this package exports: its models are the same to the last bit, whatever is trained beside them.
import { test } from 'vitest';
import { equalsAlone } from '../support/companies.ts';
import { testCompute } from '../support/compute.ts';
import { exportedEstimators, ON_TEXTS } from '../support/exportedEstimators.ts';

const compute = await testCompute();

// Transformers are trained one after the other, and hold nothing out.
test.each(exportedEstimators().filter(([name, { kind }]) => !ON_TEXTS.has(name) && kind !== 'transformer'))('%s', { timeout: 120_000 }, (name, estimator) =>
  equalsAlone(name, estimator, compute),
);
