// Weights of features that are no pixels, as a table with a bar for each: they stand without any script.
import { number } from '../../terminal/format.ts';
import type { Coefficients, Evidence } from '../data.ts';
import { html, type Markup } from '../../markup.ts';
import { section } from './section.ts';

export function coefficients({ coefficients: found }: Evidence): Markup | false {
  return (
    found.length > 0 &&
    section(
      'Weights of features',
      html`${found.map(coefficientsFigure)}`,
      'Of one unit of each feature, counted from 0: they compare where features have one scale.',
    )
  );
}

function coefficientsFigure({ stage, model, features, largest }: Coefficients): Markup {
  const most = Math.max(...largest.map(({ weight }) => Math.abs(weight))) || 1;
  return html`<figure>
    <figcaption>${stage}, for ${model}${largest.length < features && `: the largest ${largest.length} of ${number(features)}`}</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="Weights of ${stage} for ${model}">
      <table class="weights">
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col" class="number">weight</th>
            <th scope="col">against, for</th>
          </tr>
        </thead>
        <tbody>
          ${largest.map(
            ({ feature, name = number(feature), weight }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="number">${number(weight)}</td>
                <td><div class="bar ${weight < 0 ? 'against' : 'for'}" style="--share: ${(Math.abs(weight) / most).toFixed(3)}"></div></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`;
}
