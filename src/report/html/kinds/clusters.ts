// How many rows each cluster has, and how much of the variance components explain.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { bars } from '../../charts/bars.ts';
import { lines, type Line, type Point } from '../../charts/lines.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Components, Evidence, Silhouette } from '../data.ts';
import { figures, section } from '../parts/section.ts';

/** More clusters than this make a list and no chart. */
const MOST_CLUSTERS = 50;

/** More clusters than this would be colours that nobody tells apart. */
const MOST_DRAWN = 12;

export function clusters(stages: readonly RecordedStage[], { silhouettes = [] }: Evidence): Markup | false {
  const found = stages.flatMap(({ path, output = {} }) => {
    const { sizes } = output;
    const known = Array.isArray(sizes) && sizes.length > 1 && sizes.length <= MOST_CLUSTERS && sizes.every((size) => typeof size === 'number');
    return known ? [sizeFigure(path, sizes as number[])] : [];
  });
  const all = [...found, ...silhouettes.map(silhouetteFigure)];
  return all.length > 0 && section('Clusters', figures(all));
}

/** Rows of each cluster beside each other, from the best to the worst. */
function silhouetteFigure({ stage, rows, told, mean, clusters }: Silhouette): Markup {
  const drawn = clusters.slice(0, MOST_DRAWN);
  let before = 0;
  const series = drawn.map(({ cluster, told: own, values }): Line => {
    const from = before;
    before += own;
    const at = (i: number): number => from + (own * (i + 0.5)) / values.length;
    return {
      name: `cluster ${cluster}`,
      points: values.map((value, i): Point => [at(i), value]),
      band: values.map((value, i) => [at(i), Math.min(0, value), Math.max(0, value)] as const),
    };
  });
  const some = told < rows ? `${number(told)} of ${number(rows)} rows, ` : '';
  const each = clusters.map(({ cluster, mean }) => `cluster ${cluster} ${mean.toFixed(4)}`).join(', ');
  return html`<figure>
    <figcaption>Silhouettes, ${stage}: ${some}mean ${mean.toFixed(4)}. 1: far from all other clusters, 0: between two, below: nearer to another.</figcaption>
    ${lines({
      title: `Silhouettes of ${stage}: ${some}mean ${mean.toFixed(4)}; ${each}`,
      x: { name: 'rows', min: 0, max: before, whole: true },
      y: { name: 'silhouette' },
      series: [...series, { name: 'mean', look: 'guide', points: [[0, mean], [before, mean]] }], // prettier-ignore
    })}
    <p class="note">Mean of ${each}</p>
  </figure>`;
}

function sizeFigure(stage: string, sizes: readonly number[]): Markup {
  return html`<figure>
    <figcaption>Rows of each cluster, ${stage}</figcaption>
    ${bars({
      title: `Rows of each cluster, ${stage}: ${sizes.map((size, i) => `cluster ${i} ${number(size)}`).join(', ')}`,
      value: 'rows',
      whole: true,
      bars: sizes.map((value, i) => ({ name: `cluster ${i}`, value })),
    })}
  </figure>`;
}

export function components({ components: found }: Evidence): Markup | false {
  return found.length > 0 && section('Components', figures(found.map(componentsFigure)));
}

function componentsFigure({ stage, components, shares }: Components): Markup {
  let sum = 0;
  const added = shares.map((share, i): Point => [i + 1, (sum += share)]);
  const first = shares.length < components ? `the first ${shares.length} of ${number(components)}` : `${components}`;
  return html`<figure>
    <figcaption>Variance that components of ${stage} explain, ${first}</figcaption>
    ${lines({
      title: `Share of the variance that components of ${stage} explain, ${first}: ${number(sum)} together`,
      x: { name: 'component', whole: true },
      y: { name: 'share of the variance', min: 0, max: 1 },
      series: [
        { name: 'together', points: added },
        { name: 'each', points: shares.map((share, i): Point => [i + 1, share]) },
      ],
    })}
  </figure>`;
}
