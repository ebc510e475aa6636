// Two thousand draws, on every kind of software adapter that the machine has.
import { afterAll } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { checkProperties } from '../suites/logisticProperties.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';

const first = await testCompute();
const { compute: second } = await openNodeCompute({ adapter: 'swiftshader', quiet: true });
afterAll(() => second.destroy());

checkProperties(first, second, 290);
