// EMNIST (Cohen, Afshar, Tapson and van Schaik 2017): the handwritten letters and digits of NIST in the format of MNIST. One archive holds
// six sets that divide them in different ways. Its pictures lie on their side, mirrored: they are stored column by column.
import type { ClassName, Dataset } from '../../core/data/dataset.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { FileSet, KnownFile, Slices } from '../../core/files.ts';
import { callerPlace } from '../../dsl/place.ts';
import { COPY, Damaged } from '../../formats/bytes/damaged.ts';
import { openSlices } from '../../formats/bytes/slices.ts';
import { zipBytes, zipEntries } from '../../formats/bytes/zip.ts';
import { idx } from '../idxFiles.ts';
import type { DatasetSource } from '../source.ts';
import { digestOf, mirrorSources, SHAPE, type MirrorOptions } from './idxSet.ts';

/** As it is sent: of that, TensorFlow Datasets lists length and sha256. */
const ARCHIVE: KnownFile = {
  name: 'gzip.zip',
  sizeBytes: 561_753_746,
  sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
};
const MIRRORS = ['https://biometrics.nist.gov/cs_links/EMNIST/'];

const DIGITS: readonly ClassName[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const NAMED = [...'0123456789'];
const CAPITALS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const SMALL = [...'abcdefghijklmnopqrstuvwxyz'];
/** Small letters that do not look like their capitals: the others count as those. */
const OWN_SMALL = [...'abdefghnqrt'];

/** What the classes of each set are called, in the order of their numbers. */
const SETS = {
  balanced: [...NAMED, ...CAPITALS, ...OWN_SMALL],
  byclass: [...NAMED, ...CAPITALS, ...SMALL],
  bymerge: [...NAMED, ...CAPITALS, ...OWN_SMALL],
  digits: DIGITS,
  letters: CAPITALS,
  mnist: DIGITS,
} as const satisfies Record<string, readonly ClassName[]>;

export type EmnistSet = keyof typeof SETS;

/**
 * A set of EMNIST: x `[rows, 784]` u8, 0 (paper) to 255 (ink), upright, those to train on first and then those to test with.
 *
 * | set | classes | rows to train on, to test with |
 * | --- | --- | --- |
 * | `balanced` | 47: digits, capitals, and small letters that look unlike theirs | 112 800, 18 800 |
 * | `byclass` | 62: digits, capitals, small letters | 697 932, 116 323 |
 * | `bymerge` | the 47 of `balanced` | 697 932, 116 323 |
 * | `digits` | 10 | 240 000, 40 000 |
 * | `letters` | 26, capitals and small letters as one | 124 800, 20 800 |
 * | `mnist` | 10 | 60 000, 10 000 |
 *
 * The files number letters from 1; here class 0 is `A`. The archive of 562 MB comes from the cache or its publisher, and is read as a
 * whole.
 *
 * @throws E_PARAMS; when it is read, E_FETCH when no source delivers
 * @example
 * pipeline('letters', fetch(emnist('letters')), split({ train: [0, 124_800], test: [124_800, 145_600] }), fit(logisticRegression()), score({ on: 'test' }));
 */
export function emnist(set: EmnistSet, { mirrors = MIRRORS }: MirrorOptions = {}): DatasetSource {
  if (!Object.hasOwn(SETS, set)) {
    throw new PipelineError('E_PARAMS', `emnist: there is no set ${JSON.stringify(set) ?? 'without a name'}.`, {
      at: callerPlace(),
      hint: `Its sets are ${Object.keys(SETS).join(', ')}.`,
    });
  }
  const name = `emnist-${set}`;
  const classNames = SETS[set];
  const files: FileSet = { name: 'emnist', files: [ARCHIVE], sources: mirrorSources(mirrors, '') };
  return {
    name,
    code: [],
    digest: digestOf(files.files),
    facts: { ...SHAPE, classNames },
    load: async (store, options) => {
      const { signal, onProgress, onWarning } = options;
      const [archive] = await store.read(files, { signal, onProgress, onWarning });
      const slices = await openSlices({ name: ARCHIVE.name, at: archive! }, options);
      const parts: Uint8Array[] = [];
      for (const part of ['train-images-idx3', 'test-images-idx3', 'train-labels-idx1', 'test-labels-idx1'])
        parts.push(await fileIn(slices, `${name}-${part}-ubyte.gz`));
      const data = (await idx({ x: parts.slice(0, 2), labels: parts.slice(2) }).load(store, options)) as Dataset<'all'>;
      const labels = set === 'letters' ? data.labels.map((label) => label - 1) : data.labels;
      return { ...data, name, labels, classNames, x: upright((data.x as Matrix<'u8'>).data) };
    },
  };
}

async function fileIn(archive: Slices, file: string): Promise<Uint8Array> {
  try {
    const entry = (await zipEntries(archive)).find(({ name }) => name.endsWith(`/${file}`) || name === file);
    if (!entry) throw new Damaged(`it has no ${file}`);
    return await zipBytes(archive, entry);
  } catch (cause) {
    if (!(cause instanceof Damaged)) throw cause;
    throw new PipelineError('E_DATA', `${ARCHIVE.name} of EMNIST is damaged: ${cause.message}.`, { hint: COPY, cause });
  }
}

/** Pictures that are stored column by column, line by line. */
function upright(pixels: Uint8Array): Dataset<'all'>['x'] {
  const { width, height } = SHAPE.picture;
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += SHAPE.cols)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[at + y * width + x] = pixels[at + x * height + y]!;
  return matrix(pixels.length / SHAPE.cols, SHAPE.cols, out);
}
