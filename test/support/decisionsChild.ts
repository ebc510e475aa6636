// A process of its own that loads a model from a file and prints what it says of the digits, as the bytes of float64 numbers.
// Run by test/models/elsewhere.test.ts.
import { smallSet, stageContext } from './smallSets.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { loadModel } from '../../src/node.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';

const [file, adapter] = process.argv.slice(2) as [string, string];
const model = await loadModel<LogisticModel>(file);
const { compute, summary } = await openNodeCompute({ adapter, quiet: true });
const decisions = await model.decisionFunction(smallSet('digits'), stageContext(compute));
compute.destroy();
console.log(JSON.stringify({ adapter: summary.name, decisions: Buffer.from(decisions.buffer).toString('base64') }));
