// Which features a model counts on, by name.
import { bars } from '../../charts/bars.ts';
import { html, type Markup } from '../../markup.ts';
import { number, words } from '../../terminal/format.ts';
import type { Evidence, Importances } from '../data.ts';
import { figures, section } from '../parts/section.ts';

export function importances({ importances: found = [] }: Evidence): Markup | false {
  return (
    found.length > 0 &&
    section(
      'Importance of features',
      figures(found.map(importancesFigure)),
      'Features that say the same share their importance. What splits gained is of the rows trained on, where features of many values look more important than they are.',
    )
  );
}

function importancesFigure({ stage, scoring, features, largest }: Importances): Markup {
  const named = largest.map(({ feature, name = `feature ${number(feature)}`, importance, ...rest }) => ({ name, value: importance, ...rest }));
  const what = scoring === undefined ? 'share of what splits gained' : `fall of ${words(scoring)} once mixed up`;
  const title = `Importance of features, ${stage}`;
  return html`<figure>
    <figcaption>${stage}: ${what}${largest.length < features && `, the largest ${largest.length} of ${number(features)}`}</figcaption>
    ${bars({ title: `${title}, ${what}: ${named.map(({ name, value }) => `${name} ${number(value)}`).join(', ')}`, value: what, bars: named })}
  </figure>`;
}
