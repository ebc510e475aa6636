// How many rows each cluster has, and how much of the variance components explain.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { bars } from '../../charts/bars.ts';
import { lines, type Point } from '../../charts/lines.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Components, Evidence } from '../data.ts';
import { figures, section } from '../parts/section.ts';

/** More clusters than this make a list and no chart. */
const MOST_CLUSTERS = 50;

export function clusters(stages: readonly RecordedStage[]): Markup | false {
  const found = stages.flatMap(({ path, output = {} }) => {
    const { sizes } = output;
    const known = Array.isArray(sizes) && sizes.length > 1 && sizes.length <= MOST_CLUSTERS && sizes.every((size) => typeof size === 'number');
    return known ? [sizeFigure(path, sizes as number[])] : [];
  });
  return found.length > 0 && section('Clusters', figures(found));
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
