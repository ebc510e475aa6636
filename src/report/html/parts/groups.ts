// What several stages left, stage by stage, so that nobody takes the weights of one branch for those of another.
import { html, type Markup } from '../../markup.ts';

/** Stages whose pictures and tables are shown; a fan-out may have thousands. */
export const MOST_GROUPS = 24;

/** A heading of the next level. */
export type Heading = (title: string) => Markup;

/** Under a heading each, where there are several stages. */
export function byStage<T extends { readonly stage: string }>(
  items: readonly T[],
  show: (items: readonly T[], stage: string, heading: Heading) => Markup,
): Markup {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(item.stage, [...(groups.get(item.stage) ?? []), item]);
  if (groups.size === 1) return show(items, items[0]!.stage, (title) => html`<h3>${title}</h3>`);
  const shown = [...groups].slice(0, MOST_GROUPS);
  return html`<div class="groups">
      ${shown.map(
        ([stage, own]) =>
          html`<div>
            <h3>${stage}</h3>
            ${show(own, stage, (title) => html`<h4>${title}</h4>`)}
          </div>`,
      )}
    </div>
    ${groups.size > MOST_GROUPS && html`<p class="note">The first ${MOST_GROUPS} of ${groups.size} stages.</p>`}`;
}

/** What is of the first stages, where a fan-out has thousands of them. */
export function ofFirstStages<T extends { readonly stage: string }>(items: readonly T[]): readonly T[] {
  const stages = new Set([...new Set(items.map(({ stage }) => stage))].slice(0, MOST_GROUPS));
  return items.filter(({ stage }) => stages.has(stage));
}
