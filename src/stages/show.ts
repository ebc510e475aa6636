// Shows one row as a picture: in the terminal, in `--json`, in the report.
import { nameOf } from '../core/data/classNames.ts';
import { checkRow, fetchedRow } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { grouped } from '../core/numbers.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { datasetFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched } from '../dsl/stage/state.ts';
import { pictureOf } from './shared/evidence.ts';

export interface ShowOptions {
  /** Row id in the fetched data, from 0. */
  readonly row: number;
}

const params = z.strictObject({ row: z.int().min(0).describe('row id as fetched') } satisfies ShapeOf<ShowOptions>);

/**
 * Shows one fetched row as a picture. Adds nothing.
 *
 * @throws E_SHAPE when the row does not exist or is not a picture
 * @example
 * pipeline('p', fetch(mnist784()), show({ row: 7 }));
 */
export function show(options: ShowOptions): Stage<Fetched, {}> {
  return configurable('show', params, options, ({ row }): StageSpec<Fetched, {}> => ({
    id: 'show',
    needs: ['data'],
    provides: [],
    code: [],
    params: { row },
    infer: (facts) => {
      const data = datasetFact(facts, 'data');
      if (data?.fetched !== undefined) checkRow(data.name, data.fetched, row);
      if (data?.dtype !== undefined && data.dtype !== 'u8') throw noPicture(data.name, row);
      return {};
    },
    run: async ({ data }, { emit, stage }) => {
      const pixels = await fetchedRow(data, row);
      const label = data.labels[row]!;
      const size = data.picture;
      if (!size || !(pixels instanceof Uint8Array)) throw noPicture(data.name, row);
      const caption = `row ${grouped(row)}, label ${nameOf(label, data.classNames)}`;
      emit({ type: 'picture', stage, of: 'row', picture: pictureOf(size, pixels, caption) });
      return { adds: {}, output: { row, label: nameOf(label, data.classNames) } };
    },
  }));
}

function noPicture(name: string, row: number): PipelineError {
  return new PipelineError('E_SHAPE', `Row ${row} of ${name} is no picture: pictures are bytes, with a width and a height.`, {
    hint: 'Show a row of a dataset of pictures, such as mnist784().',
  });
}
