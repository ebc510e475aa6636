// The tables of test/fixtures/tables, read.
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import type { Dataset, TargetKind } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { category, number, value } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';

export const fixture = (name: string): URL => new URL(`../fixtures/tables/${name}`, import.meta.url);

export const penguins = table(csv(fixture('penguins.csv')), {
  bill_length: number(),
  bill_depth: number(),
  flipper_length: number(),
  body_mass: number(),
  island: category(),
  sex: category(),
  species: category(),
});

/** How far cars go on a gallon; those of which it is not known are left out. */
export const cars = table(csv(fixture('cars.csv')), {
  cylinders: number(),
  displacement: number(),
  horsepower: number(),
  weight: number(),
  acceleration: number(),
  origin: category(),
  mpg: value({ missing: 'drop' }),
});

/** The rows of a table, all of them to train on. */
export async function trainOf<T extends TargetKind>(source: DatasetSource<T>): Promise<Dataset<'train', Features, T>> {
  const none = { read: () => Promise.reject(new Error('no store')) };
  return { ...(await source.load(none, { disk: nodeSurroundings() })), role: 'train' } as Dataset<'train', Features, T>;
}
