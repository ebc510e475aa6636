// How far a regressor is off, by what it said.
import { histogram } from '../../charts/histogram.ts';
import { scatter } from '../../charts/scatter.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Evidence, Residuals } from '../data.ts';
import { figures, section } from '../parts/section.ts';

export function residuals({ residuals: found }: Evidence): Markup | false {
  return (
    found.length > 0 &&
    section(
      'Residuals',
      figures(found.flatMap(residualFigures)),
      'True value minus predicted value. A pattern here is something the model has not learned; points should scatter evenly around zero.',
    )
  );
}

function residualFigures({ stage, rows, points, spread }: Residuals): readonly Markup[] {
  const values = points.map(([predicted]) => predicted);
  const some = points.length < rows ? `${number(points.length)} of ${number(rows)} rows` : `${number(rows)} rows`;
  return [
    html`<figure>
      <figcaption>Residuals of ${stage} by predicted value, ${some}</figcaption>
      ${scatter({
        title: `Residuals of ${stage} by predicted value, ${some}`,
        x: { name: 'predicted' },
        y: { name: 'residual' },
        series: [{ name: 'one row', points }],
        guide: {
          name: 'no error',
          points: [
            [Math.min(...values), 0],
            [Math.max(...values), 0],
          ],
        },
      })}
    </figure>`,
    html`<figure>
      <figcaption>How residuals of ${stage} are spread, ${number(rows)} rows</figcaption>
      ${histogram({ title: `How residuals of ${stage} are spread`, x: { name: 'residual' }, edges: spread.edges, series: [{ name: stage, counts: spread.counts }] })}
    </figure>`,
  ];
}
