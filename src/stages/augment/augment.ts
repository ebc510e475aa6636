// More pictures to train on: those there are, moved by a few pixels.
import { valuesOf, labelsOf, weightsOf, type Classes, type Indicators, type Rows, type Values } from '../../core/data/dataset.ts';
import { matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { configurable } from '../../dsl/stage/configurable.ts';
import { datasetFact } from '../../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { Stage, StageSpec } from '../../dsl/stage/stage.ts';
import type { Split, SplitLike } from '../../dsl/stage/state.ts';
import type { ShiftedPictures } from '../../core/data/features.ts';
import { shiftedRows } from './shiftedRows.ts';

type Shift = ShiftedPictures['shifts'][number];

export interface AugmentOptions {
  /** For each copy of all pictures, how many pixels they are moved to the right and down: `[[0, -1], [1, 0]]` is one up, and one to the right. */
  readonly shifts: readonly Shift[];
}

const params = z.strictObject({
  shifts: z
    .array(z.tuple([z.int(), z.int()], { error: 'needs [pixels to the right, pixels down]' }))
    .min(1, { error: 'needs a shift: [[0, 1]]' })
    .describe('how far copies are moved, to the right and down'),
} satisfies ShapeOf<AugmentOptions>);

type Trained = Pick<Split<'none'>, 'train'>;

/**
 * Trains on each picture again, moved by a few pixels: behind the training rows stand all of them once for each shift, with the same
 * targets. What moves in from outside is 0. Copies are made as they are read: of bytes by the device, for estimators that compute on
 * rows there (neighbours, linear models, clusters); for all others on the host, at most 4096 rows at a time. What trees, networks and
 * `sgdClassifier` keep of their rows they keep of copies, too. Replaces `train`; put it behind `split`, so that no copy of a row is
 * tested on. A picture and its copies are one group, where rows have no groups already: folds behind
 * it keep them together by `folds: { groups: 5 }`, and warn (`W_GROUPS`) where they do not.
 *
 * @throws E_SHAPE for rows that are no pictures, and for shifts that leave nothing of them
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), augment({ shifts: [[0, -1], [0, 1], [-1, 0], [1, 0]] }));
 */
export function augment(options: AugmentOptions): Stage<Trained, Pick<SplitLike, 'train'>> {
  return configurable('augment', params, options, ({ shifts }): StageSpec<Trained, Pick<SplitLike, 'train'>> => ({
    id: 'augment',
    needs: ['train'],
    provides: ['train'],
    code: [],
    retention: 'digests',
    params: { shifts: shifts.map((shift) => [...shift]) },
    infer: (facts) => {
      const train = datasetFact(facts, 'train');
      if (!train) return {};
      if (train.picture) checkShifts(train.name, shifts, train.picture);
      const rows = train.rows === undefined ? undefined : train.rows * (shifts.length + 1);
      return { train: { ...train, rows, fetched: rows } };
    },
    run: ({ train }) => {
      const copies = shifts.length + 1;
      const more = copied(train, copies);
      const size = checkShifts(train.name, shifts, train.picture);
      const x = shiftedRows({ x: train.x, ids: train.rows, ...size, shifts: [[0, 0], ...shifts] });
      const rows = Uint32Array.from({ length: x.rows }, (_, row) => row);
      return { adds: { train: { ...more, x, rows } as Rows<'train'> as SplitLike['train'] }, output: { rows: rows.length } };
    },
  }));
}

/** @throws E_SHAPE */
function checkShifts(name: string, shifts: readonly Shift[], picture: Rows['picture']): { readonly width: number; readonly height: number } {
  if (!picture) {
    throw new PipelineError('E_SHAPE', `augment: the rows of ${name} are no pictures.`, { hint: 'Give the dataset a picture: { width, height }.' });
  }
  const { width, height } = picture;
  const far = shifts.find(([right, down]) => Math.abs(right) >= width || Math.abs(down) >= height);
  if (!far) return { width, height };
  throw new PipelineError('E_SHAPE', `augment: a shift by [${far.join(', ')}] leaves nothing of pictures of ${width} x ${height}.`, {
    hint: `Move pictures by less than ${width} to the right and ${height} down.`,
  });
}

/** What rows have beside their features, as many times. */
function copied(data: Rows<'train'> & Partial<Classes & Values & Indicators>, copies: number): Omit<Rows<'train'>, 'x' | 'rows'> {
  const ids = new Uint32Array(data.rows.length * copies).map((_, i) => data.rows[i % data.rows.length]!);
  const { labels, values, indicators, groups } = data;
  const weights = weightsOf({ ...data, rows: ids });
  return {
    ...data,
    ...(labels ? { labels: labelsOf({ labels, rows: ids }) } : {}),
    ...(values ? { values: matrix(ids.length, values.cols, valuesOf({ values, rows: ids })) } : {}),
    ...(indicators ? { indicators: matrix(ids.length, indicators.cols, Uint8Array.from(valuesOf({ values: indicators as never, rows: ids }))) } : {}),
    groups: groups ? ids.map((id) => groups[id]!) : ids, // a copy tells of the row that it is of
    ...(weights ? { weights } : {}),
  };
}
