// What clusterers share whose clusters are centers.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import { byRow } from '../linear/byRow.ts';
import { pointDistances } from './pointDistances.ts';

/** Parameters that say how many clusters there are, and where they begin. */
export const clusterParams = {
  nClusters: z.int().min(1).default(8).describe('clusters to find'),
  init: z
    .literal('k-means++')
    .or(z.array(z.array(z.number())))
    .default('k-means++')
    .describe("'k-means++', or the first centers, one per cluster"),
};

/** @throws E_DATA for fewer rows than clusters, E_PARAMS for first centers that are not one for each cluster, with a number for each column */
export function checkClusters(name: string, rows: RowsOf, clusters: number, init: 'k-means++' | readonly (readonly number[])[]): void {
  const count = rows.rows.length;
  if (count < clusters) {
    throw new PipelineError('E_DATA', `${name}: ${rows.name} has ${count} rows for ${clusters} clusters.`, {
      hint: `Train on at least ${clusters} rows, or set nClusters to ${count} or less.`,
    });
  }
  if (init === 'k-means++') return;
  const { cols } = rows.x;
  const wrong = init.find((center) => center.length !== cols);
  if (init.length === clusters && !wrong) return;
  const arrived = wrong && init.length === clusters ? `a center of ${wrong.length} numbers` : `${init.length} centers`;
  throw new PipelineError('E_PARAMS', `${name}: ${arrived} arrived as init; ${clusters} of ${cols} numbers each are needed.`, {
    hint: 'Give one center for each of nClusters, with a number for each column.',
  });
}

/** Of each row to each center, `[rows][clusters]`. */
export async function clusterDistances(centers: readonly Float64Array[], rows: RowsOf, context: Device): Promise<Float64Array> {
  return byRow(await pointDistances(centers, rows, context));
}
