// A process of its own that learns from a large table and prints its peak of memory, in megabytes, and the model. Run by
// test/long/largerThanMemory.test.ts.
import {
  category,
  chain,
  columns,
  csv,
  fetch,
  fit,
  impute,
  label,
  logisticRegression,
  number,
  oneHot,
  parquet,
  pipeline,
  score,
  split,
  standardize,
  table,
} from '../../src/index.ts';
import { runPipeline } from '../../src/node.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';

const [file, memory] = process.argv.slice(2) as [string, 'file' | 'memory'];
const named = (letter: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const schema = {
  ...Object.fromEntries([...named('f', 40), ...named('i', 4)].map((name) => [name, number()])),
  ...Object.fromEntries(named('c', 5).map((name) => [name, category()])),
  i4: label({ above: 0 }),
};
const url = new URL(file);
const source = table(file.endsWith('.csv') ? csv(url) : parquet(url), schema);
const estimator = chain(
  columns({ f0: [impute(), standardize()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] }),
  standardize(),
  logisticRegression(),
);
const inMemory: typeof source = {
  ...source,
  load: (files, { disk: { rowsFile: _, ...disk } = {} as never, ...options }) => source.load(files, { ...options, disk }),
};
const { error, values, outputs } = await runPipeline(
  pipeline('large', fetch(memory === 'file' ? source : inMemory), split({ test: 0.2, seed: 1 }), fit(estimator), score({ on: 'test' })),
  { values: ['model'] },
);
if (error) throw error;
const { coef, intercept } = (values.model as unknown as { readonly model: LogisticModel }).model;
const weights = [...coef[0]!, intercept[0]!];
console.log(
  JSON.stringify({ peak: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6), weights, shape: outputs['fetch']!['x'], score: outputs['score'] }),
);
