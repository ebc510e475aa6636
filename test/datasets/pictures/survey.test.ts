// `pipeline peek` of pictures: a folder, and a Parquet file that holds them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { summaryOfPictures } from '../../../src/datasets/pictures/survey.ts';
import { parquet } from '../../../src/formats/parquet/parquet.ts';
import { nodeSurroundings } from '../../../src/runtime/node/surroundings.ts';
import { schemaText } from '../../../src/tables/guess/schemaText.ts';
import { summaryOf } from '../../../src/tables/guess/summary.ts';
import { cli } from '../../support/cli.ts';
import { errorOf, tempFolder } from '../../support/files.ts';
import { CASES, fileOf } from '../../support/pictures.ts';
import { trainOf } from '../../tables/penguins.ts';
import { pictures } from '../../../src/datasets/pictures/pictures.ts';

function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(tempFolder(), 'my flowers');
  mkdirSync(folder);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

const FILES = {
  'rose/1.png': fileOf('RGB as rgb'),
  'rose/2.png': fileOf('grey of 2 bits as grey'),
  'rose/3.png': fileOf('RGBA as rgb on white'),
  'tulip/1.jpg': fileOf('JPEG turned as 6'),
  'tulip/2.png': fileOf('palette of 4 bits with alpha'),
};

test('a folder: classes, sizes, kinds, and a call that reads it', async () => {
  const folder = folderOf(FILES);
  const { stdout, code } = await cli(['peek', folder]);
  expect(code).toBe(0);
  expect(stdout).toBe(`my flowers: 5 pictures, 2 classes
  rose   3
  tulip  2
  sizes  11 x 5: 4, 16 x 32: 1
  kinds  PNG: 4, JPEG: 1; grey: 1, not all opaque: 2

import { pictures } from 'pipeline-gpu';

export const myFlowers = pictures('${folder}', { size: [11, 5], background: 'white' });
`);
  const { stdout: json } = await cli(['peek', `${folder}/`, '--json']);
  expect(JSON.parse(json)).toEqual({
    name: 'my flowers',
    pictures: 5,
    classes: [
      { name: 'rose', pictures: 3 },
      { name: 'tulip', pictures: 2 },
    ],
    kinds: { png: 4, jpeg: 1 },
    sizes: [
      { width: 11, height: 5, pictures: 4 },
      { width: 16, height: 32, pictures: 1 },
    ],
    grey: 1,
    alpha: 2,
  });
  expect((await trainOf(pictures(folder, { size: [11, 5], background: 'white' }))).x.rows).toBe(5);
});

test('what pictures say of themselves is so', async () => {
  const disk = nodeSurroundings();
  for (const { name, file, options } of CASES) {
    const base = pathToFileURL(`${folderOf({ 'a/1': file })}/`);
    const { sizes, grey, alpha } = await summaryOfPictures('a', base, disk);
    const { background = 'white', colors } = options;
    const { picture, x } = await trainOf(pictures(base, { background, ...(colors ? { colors } : {}) }));
    expect([sizes[0]!.width, sizes[0]!.height, grey <= 1, x.rows], name).toEqual([picture!.width, picture!.height, true, 1]);
    // A picture that may let something through is read without a background if it does not.
    if (alpha === 0) expect((await trainOf(pictures(base))).x.rows, name).toBe(1);
  }
});

test('a folder that could not be read says so as reading it would', async () => {
  const folder = folderOf({ ...FILES, 'tulip/3.png': fileOf('RGB as rgb').subarray(0, 20) });
  const { stderr, code } = await cli(['peek', folder]);
  expect(code).toBe(3);
  expect(stderr).toContain('my flowers/tulip/3.png is damaged: it ends after 20 bytes');
  const disk = nodeSurroundings();
  const jpeg = pathToFileURL(`${folderOf({ 'a/1.jpg': fileOf('JPEG turned as 6').subarray(0, 300) })}/`);
  expect(await errorOf(summaryOfPictures('b', jpeg, disk))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining('b/a/1.jpg is damaged') });
});

test('in a table, pictures are told apart from texts and from other bytes', async () => {
  const file = join(tempFolder(), 'train.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const blob = `from_base64('${Buffer.from(fileOf('RGB as rgb')).toString('base64')}')`;
  await connection.run(
    `COPY (SELECT {'bytes': ${blob}, 'path': 'p' || i} AS image, i % 3 AS label, ('t' || i % 2)::BLOB AS text, '\\xFF\\xFE'::BLOB AS other FROM range(50) t(i)) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const summary = await summaryOf(parquet(pathToFileURL(file)), { disk: nodeSurroundings() });
  expect(summary.columns.map(({ name, kind }) => [name, kind])).toEqual([
    ['image', 'unreadable'],
    ['image.bytes', 'pictures'],
    ['image.path', 'text'],
    ['label', 'number'],
    ['text', 'category'],
    ['other', 'unreadable'],
  ]);
  expect(schemaText(summary, 'train.parquet', { format: 'parquet' })).toContain(
    "  // 'image.bytes': pictures, which pictures(...) reads in place of table(...)\n",
  );
});
