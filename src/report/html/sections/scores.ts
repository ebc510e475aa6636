// The figures that people came for, as cards.
import type { Json, JsonRecord } from '../../../core/events.ts';
import { pointName } from '../../../core/pointNames.ts';
import type { RecordedStage } from '../../../core/runRecord.ts';
import { html, type Markup } from '../../markup.ts';
import { words } from '../../terminal/format.ts';

/** Outputs that are scores, as cards. */
const SCORES = [
  'testAccuracy',
  'validationAccuracy',
  'meanScore',
  'bestScore',
  'meanAccuracy',
  'rocAuc',
  'averagePrecision',
  'f1',
  'precision',
  'recall',
  'balancedAccuracy',
  'negLogLoss',
];

/** Which score a figure is, where its name does not say so. */
function scoringOf(name: string, output: JsonRecord): string | undefined {
  return (name === 'meanScore' || name === 'bestScore') && typeof output['scoring'] === 'string' ? output['scoring'] : undefined;
}

/** The figures people came for, accuracies with that of always answering the commonest class. */
export function scores(stages: readonly RecordedStage[]): Markup | false {
  const cards = stages.flatMap(({ path, params = {}, output = {} }) => {
    const of = params['on'] === 'validation' ? `${path}, validation` : path;
    const best = isRecord(output['bestParams']) ? pointName(output['bestParams']) : undefined;
    return SCORES.flatMap((name) => {
      const value = output[name];
      if (typeof value !== 'number') return [];
      const scoring = scoringOf(name, output);
      const baseline = ['testAccuracy', 'validationAccuracy', 'meanAccuracy'].includes(name) || scoring === 'accuracy' ? output['majorityBaseline'] : undefined;
      return [
        html`<div class="card">
          <dt>${words(name)}${scoring !== undefined && ` (${words(scoring)})`} <small>${of}</small></dt>
          <dd>
            ${value.toFixed(4)} ${name === 'bestScore' && best !== undefined && html`<small>${best}</small>`}
            ${typeof baseline === 'number' && html`<small>majority class ${baseline.toFixed(4)}</small>`}
          </dd>
        </div>`,
      ];
    });
  });
  return cards.length > 0 && html`<dl class="cards" aria-label="Scores">${cards}</dl>`;
}

function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
