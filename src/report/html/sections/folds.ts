// The scores of folds held out.
import type { RecordedStage } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { words } from '../../terminal/format.ts';
import { section } from './section.ts';

/** Fold scores of a stage's output, where it has such. */
export function foldsOf({
  path,
  output,
}: RecordedStage): { readonly stage: string; readonly scoring: string; readonly scores: readonly (number | null)[]; readonly baseline?: number }[] {
  const { foldScores, majorityBaseline: baseline, scoring } = output ?? {};
  if (!Array.isArray(foldScores)) return [];
  const name = typeof scoring === 'string' ? scoring : 'score';
  return [
    { stage: path, scoring: name, scores: foldScores as (number | null)[], ...(name === 'accuracy' && typeof baseline === 'number' ? { baseline } : {}) },
  ];
}

export function folds(stages: readonly RecordedStage[]): Markup | false {
  const charts = stages.flatMap(foldsOf).map(
    ({ stage, scoring, scores, baseline }, i) =>
      html`<figure>
        <figcaption>${words(scoring)} of ${stage} by fold${baseline !== undefined && `; the majority class alone gives ${baseline.toFixed(4)}`}</figcaption>
        <div class="chart short" data-chart="folds" data-index="${i}"></div>
        <p>${scores.map((score, fold) => `fold ${fold + 1}: ${score === null ? 'not defined' : score.toFixed(4)}`).join(', ')}</p>
      </figure>`,
  );
  return charts.length > 0 && section('Cross-validation', html`${charts}`);
}
