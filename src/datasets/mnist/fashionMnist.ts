// Fashion-MNIST of Zalando Research (Xiao, Rasul and Vollgraf 2017): articles of clothing in the format of MNIST. Licence: MIT.
import type { KnownFile } from '../../core/files.ts';
import { idxHeaderBytes } from '../idx.ts';
import type { DatasetSource } from '../source.ts';
import { idxSet, mirrorSources, type MirrorOptions } from './idxSet.ts';

const images = (name: string, rows: number, sha256: string): KnownFile => ({ name, sizeBytes: idxHeaderBytes(3) + rows * 784, sha256 });
const labels = (name: string, rows: number, sha256: string): KnownFile => ({ name, sizeBytes: idxHeaderBytes(1) + rows, sha256 });

/** sha256 of the unpacked files. */
const FILES = [
  images('train-images-idx3-ubyte', 60_000, 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888'),
  labels('train-labels-idx1-ubyte', 60_000, 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9'),
  images('t10k-images-idx3-ubyte', 10_000, '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b'),
  labels('t10k-labels-idx1-ubyte', 10_000, '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34'),
] as const;

/** Where the package `dataset-fashion-mnist` of Debian keeps them. */
const DEBIAN = '/usr/share/datasets/fashion-mnist';
const MIRRORS = [
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
];

const CLASSES = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'];

/**
 * Fashion-MNIST: x `[70000, 784]` u8, 0 (paper) to 255 (ink), of ten classes of clothing. The first 60 000 rows are the usual training
 * set, the rest the usual test set. About 55 MB, from the cache, the folder of Debian's package `dataset-fashion-mnist`, or a mirror,
 * with the same bytes whatever the source.
 *
 * @throws when it is read: E_FETCH when no source delivers
 * @example
 * pipeline('clothes', fetch(fashionMnist()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), score({ on: 'test' }));
 */
export function fashionMnist({ mirrors = MIRRORS }: MirrorOptions = {}): DatasetSource {
  const sources = [{ kind: 'folder', folder: DEBIAN } as const, ...mirrorSources(mirrors, '.gz')];
  return idxSet({ name: 'fashion-mnist', files: FILES, sources, classNames: CLASSES });
}
