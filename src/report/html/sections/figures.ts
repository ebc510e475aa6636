// What stages of one's own drew, each under the name of its stage.
import { toBase64 } from '../../../core/encoding/base64.ts';
import { drawChart } from '../../figures/draw.ts';
import { html, type Markup } from '../../markup.ts';
import { png } from '../../png.ts';
import type { Evidence, Figure } from '../data.ts';
import { section } from '../parts/section.ts';

export function figures({ figures: found }: Evidence): Markup | false {
  const stages = [...new Set(found.map(({ stage }) => stage))];
  return (
    found.length > 0 &&
    section(
      'Figures',
      html`${stages.map(
        (name) =>
          html`<h3>${name}</h3>
            ${found.filter(({ stage }) => stage === name).map(drawn)}`,
      )}`,
    )
  );
}

function drawn(figure: Figure): Markup {
  if ('chart' in figure) {
    return html`<figure>
      ${drawChart(figure.chart)}
      <figcaption>${figure.chart.title}</figcaption>
    </figure>`;
  }
  const { picture } = figure;
  const source = `data:image/png;base64,${toBase64(png(picture))}`;
  return html`<figure>
    <img src="${source}" width="${picture.width * 2}" height="${picture.height * 2}" alt="${picture.caption}" style="image-rendering: pixelated" />
    <figcaption>${picture.caption}</figcaption>
  </figure>`;
}
