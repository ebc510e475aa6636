// Weights of features that are no pixels, as a table with a bar for each: they stand without any script.
import { number } from '../terminal/format.ts';
import type { Coefficients } from './data.ts';
import { html, type Markup } from '../markup.ts';

export function coefficientsFigure({ stage, model, features, largest }: Coefficients): Markup {
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
