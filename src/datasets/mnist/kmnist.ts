// Kuzushiji-MNIST of the Center for Open Data in the Humanities (Clanuwat et al. 2018): cursive Japanese in the format of MNIST.
// Licence: CC BY-SA 4.0.
import type { DatasetSource } from '../source.ts';
import { idxSet, mirrorSources, type MirrorOptions } from './idxSet.ts';

/** The files as they are sent: of those, TensorFlow Datasets lists length and sha256. */
const FILES = [
  { name: 'train-images-idx3-ubyte.gz', sizeBytes: 18_165_135, sha256: '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4' },
  { name: 'train-labels-idx1-ubyte.gz', sizeBytes: 29_497, sha256: 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17' },
  { name: 't10k-images-idx3-ubyte.gz', sizeBytes: 3_041_136, sha256: 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5' },
  { name: 't10k-labels-idx1-ubyte.gz', sizeBytes: 5120, sha256: '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c' },
] as const;

const MIRRORS = ['https://codh.rois.ac.jp/kmnist/dataset/kmnist/'];

/** How each syllable is read: お き す つ な は ま や れ を. */
const CLASSES = ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'];

/**
 * Kuzushiji-MNIST: x `[70000, 784]` u8, 0 (paper) to 255 (ink), of ten syllables in cursive Japanese. The first 60 000 rows are the usual
 * training set, the rest the usual test set. About 21 MB, from the cache or its publisher.
 *
 * @throws when it is read: E_FETCH when no source delivers
 * @example
 * pipeline('syllables', fetch(kmnist()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), score({ on: 'test' }));
 */
export function kmnist({ mirrors = MIRRORS }: MirrorOptions = {}): DatasetSource {
  return idxSet({ name: 'kmnist', files: FILES, sources: mirrorSources(mirrors, ''), classNames: CLASSES });
}
