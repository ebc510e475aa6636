import { testCompute } from '../support/compute.ts';
import { checkProperties } from '../suites/logisticProperties.ts';

checkProperties(await testCompute(), undefined, 10);
