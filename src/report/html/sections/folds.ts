// The scores of folds held out.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { meanAndSpread, spread } from '../../charts/spread.ts';
import { html, type Markup } from '../../markup.ts';
import { words } from '../../terminal/format.ts';
import { figures, section } from '../parts/section.ts';

interface FoldScores {
  readonly stage: string;
  readonly scoring: string;
  /** Null where a fold does not define its score. */
  readonly scores: readonly (number | null)[];
  readonly baseline?: number;
}

/** Fold scores of a stage's output, where it has such. */
function foldsOf({ path, output }: RecordedStage): readonly FoldScores[] {
  const { foldScores, majorityBaseline: baseline, scoring } = output ?? {};
  if (!Array.isArray(foldScores)) return [];
  const name = typeof scoring === 'string' ? scoring : 'score';
  return [
    { stage: path, scoring: name, scores: foldScores as (number | null)[], ...(name === 'accuracy' && typeof baseline === 'number' ? { baseline } : {}) },
  ];
}

/** One chart a score, so that branches stand above each other. */
export function folds(stages: readonly RecordedStage[]): Markup | false {
  const found = stages.flatMap(foldsOf);
  const figureOf = (name: string): Markup =>
    foldFigure(
      words(name),
      found.filter(({ scoring }) => scoring === name),
    );
  return found.length > 0 && section('Cross-validation', figures([...new Set(found.map(({ scoring }) => scoring))].map(figureOf)));
}

function foldFigure(scoring: string, of: readonly FoldScores[]): Markup {
  const { baseline } = of[0]!;
  const defined = of.some(({ scores }) => scores.some((score) => score !== null));
  return html`<figure>
    <figcaption>
      ${scoring} of ${of.map(({ stage }) => stage).join(', ')} by fold${baseline !== undefined && `; the majority class alone gives ${baseline.toFixed(4)}`}
    </figcaption>
    ${
      defined &&
      spread({
        title: `${scoring} of each fold, ${of.map(foldText).join('; ')}`,
        value: { name: scoring },
        groups: of.map(({ stage, scores }) => ({ name: stage, values: scores })),
        ...(baseline === undefined ? {} : { guide: { name: 'majority class', value: baseline } }),
      })
    }
    ${of.map((one) => html`<p class="note">${of.length > 1 && `${one.stage}: `}${foldText(one)}</p>`)}
  </figure>`;
}

function foldText({ scores }: FoldScores): string {
  const { mean, spread } = meanAndSpread(scores);
  const each = scores.map((score, fold) => `fold ${fold + 1}: ${score === null ? 'not defined' : score.toFixed(4)}`).join(', ');
  return Number.isNaN(mean) ? each : `${each}; mean ${mean.toFixed(4)} ± ${spread.toFixed(4)}`;
}
