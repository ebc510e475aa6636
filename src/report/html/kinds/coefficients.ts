// Weights of features that are no pixels, the largest first.
import { bars } from '../../charts/bars.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Coefficients, Evidence } from '../data.ts';
import { figures, section } from '../parts/section.ts';

export function coefficients({ coefficients: found }: Evidence): Markup | false {
  return (
    found.length > 0 &&
    section('Weights of features', figures(found.map(coefficientsFigure)), 'Weight per unit of a feature; compare weights only where features share a scale.')
  );
}

function coefficientsFigure({ stage, model, features, largest }: Coefficients): Markup {
  const named = largest.map(({ feature, name = `feature ${number(feature)}`, weight }) => ({ name, value: weight }));
  const of = model === undefined ? '' : `for ${model}`;
  return html`<figure>
    <figcaption>${stage}${of && `, ${of}`}${largest.length < features && `: the largest ${largest.length} of ${number(features)}`}</figcaption>
    ${bars({ title: `Weights of ${stage}${of && ` ${of}`}: ${named.map(({ name, value }) => `${name} ${number(value)}`).join(', ')}`, value: 'weight', bars: named })}
  </figure>`;
}
