// The figures that people came for: as cards, or of several branches as a table in which they are compared.
import type { Json } from '../../../core/events.ts';
import { pointName } from '../../../core/pointNames.ts';
import type { RecordedStage } from '../../../core/runRecord.ts';
import { scoringNames } from '../../../metrics/scorers.ts';
import { html, type Markup } from '../../markup.ts';
import { searchOf, spreadOf } from '../../search.ts';
import { classesBefore, rowOf, withClassName } from '../../terminal/closing.ts';
import { isRecord, number, words } from '../../terminal/format.ts';
import { section, type Section } from '../parts/section.ts';
import { download, table, type Column } from '../parts/table.ts';

/** Outputs that are scores, the first ones first. */
const SCORES = [...new Set(['testAccuracy', 'validationAccuracy', 'meanScore', 'bestScore', 'meanAccuracy', ...scoringNames, 'inertia'])];
/** Scores that are columns of one table. */
const MOST_COLUMNS = 6;

interface Figure {
  readonly name: string;
  /** In the output of its stage. */
  readonly key: string;
  readonly value: number;
  /** Of the folds whose mean it is. */
  readonly spread?: number | undefined;
  /** What always answering with the commonest class gives. */
  readonly baseline?: number | undefined;
  readonly best?: string | undefined;
}

interface Result {
  readonly stage: string;
  /** Which rows were scored, where these are not the test rows. */
  readonly on: string;
  readonly figures: readonly Figure[];
}

export function results(stages: readonly RecordedStage[]): Section | false {
  const found = stages.flatMap((stage) => resultOf(stage) ?? []);
  const said = stages.flatMap((stage) => predictionOf(stage, stages));
  if (found.length === 0 && said.length === 0) return false;
  const branches = new Set(found.map(({ stage }) => rowOf(stage)));
  const shown = branches.size > 1 ? comparison(found) : html`<dl class="cards" aria-label="Scores">${found.flatMap(cardsOf)}${said}</dl>`;
  const predictions = branches.size > 1 && said.length > 0 && html`<dl class="cards" aria-label="Predictions">${said}</dl>`;
  return section('Results', html`${shown}${predictions}${found.length > 0 && html`<p class="note files">${asJson(found, stages)}</p>`}`);
}

/** All digits of the scores, and what each is of. */
function asJson(found: readonly Result[], stages: readonly RecordedStage[]): Markup {
  const scores = found.flatMap(({ stage, figures }) =>
    figures.map(({ key, value, spread, baseline, best }) => {
      const { scoring, bestParams } = stages.find(({ path }) => path === stage)!.output!;
      const isOfFolds = key === 'meanScore' || key === 'bestScore';
      return { stage, score: key, ...(isOfFolds ? { scoring } : {}), value, spread, majorityBaseline: baseline, ...(best === undefined ? {} : { bestParams }) };
    }),
  );
  return download('results.json', 'application/json', JSON.stringify(scores), 'Results as JSON');
}

function resultOf(stage: RecordedStage): Result | undefined {
  const { path, params = {}, output = {} } = stage;
  const baseline = typeof output['majorityBaseline'] === 'number' ? output['majorityBaseline'] : undefined;
  const best = isRecord(output['bestParams']) ? pointName(output['bestParams']) : undefined;
  const figures = SCORES.flatMap((name): Figure[] => {
    const value = output[name];
    // JSON has null for NaN: the rows do not define the score.
    if (typeof value !== 'number' && value !== null) return [];
    const scoring = (name === 'meanScore' || name === 'bestScore') && typeof output['scoring'] === 'string' ? output['scoring'] : undefined;
    const isAccuracy = /accuracy$/i.test(name) && name !== 'balancedAccuracy';
    return [
      {
        name: scoring === undefined ? words(name) : `${words(name)} (${words(scoring)})`,
        key: name,
        value: value ?? NaN,
        spread: name === 'meanScore' ? spreadIn(output['foldScores']) : name === 'bestScore' ? (searchOf(stage)?.points[0]?.spread ?? undefined) : undefined,
        baseline: isAccuracy || scoring === 'accuracy' ? baseline : undefined,
        best: name === 'bestScore' ? best : undefined,
      },
    ];
  });
  return figures.length === 0 ? undefined : { stage: path, on: params['on'] === 'validation' ? ', validation' : '', figures };
}

function spreadIn(scores: Json | undefined): number | undefined {
  return Array.isArray(scores) && scores.length > 1 ? (spreadOf(scores as (number | null)[]) ?? undefined) : undefined;
}

function cardsOf({ stage, on, figures }: Result): readonly Markup[] {
  return figures.map(
    ({ name, value, spread, baseline, best }) =>
      html`<div class="card">
        <dt>${name} <small>${stage}${on}</small></dt>
        <dd>
          ${figureText(value)} ${best !== undefined && html`<small><strong>with ${best}</strong></small>`}
          ${spread !== undefined && html`<small>± ${spread.toFixed(4)} between folds</small>`}
          ${baseline !== undefined && html`<small>majority class ${baseline.toFixed(4)}</small>`}
        </dd>
      </div>`,
  );
}

function figureText(value: number): string {
  if (Number.isNaN(value)) return 'not defined';
  return Math.abs(value) < 10 ? value.toFixed(4) : number(value);
}

/** A row for each stage where all have the same scores, else one for each score. */
function comparison(found: readonly Result[]): Markup {
  const names = found[0]!.figures.map(({ name }) => name);
  const alike = found.every(({ figures }) => figures.length === names.length && figures.every(({ name }, i) => name === names[i]));
  const label = 'Results by branch';
  const of = ({ stage, on }: Result): string => stage + on;
  // Beside a score what it is to be compared with, where some have that.
  const beside = <R>(figures: (row: R) => readonly Figure[], which: 'spread' | 'baseline' | 'best', name: string): readonly Column<R>[] =>
    found.some((one) => one.figures.some((figure) => figure[which] !== undefined))
      ? [{ name, of: (row) => figures(row).find((figure) => figure[which] !== undefined)?.[which], text: figureText }]
      : [];
  if (alike && names.length <= MOST_COLUMNS) {
    const own = ({ figures }: Result): readonly Figure[] => figures;
    const scores = names.map((name, i): Column<Result> => ({ name, of: ({ figures }) => figures[i]!.value, text: figureText }));
    const more = [...beside(own, 'spread', 'between folds, ±'), ...beside(own, 'baseline', 'majority class'), ...beside(own, 'best', 'best')];
    return table({ label, rows: found, columns: [{ name: 'stage', of }, ...scores, ...more] });
  }
  const each = ({ figure }: { readonly figure: Figure }): readonly Figure[] => [figure];
  return table({
    label,
    rows: found.flatMap((one) => one.figures.map((figure) => ({ stage: of(one), figure }))),
    columns: [
      { name: 'stage', of: ({ stage }) => stage },
      { name: 'score', of: ({ figure }) => figure.name },
      { name: 'value', of: ({ figure }) => figure.value, text: figureText },
      ...beside(each, 'spread', 'between folds, ±'),
      ...beside(each, 'baseline', 'majority class'),
      ...beside(each, 'best', 'best'),
    ],
  });
}

/** What a model said of the row that was asked about. */
function predictionOf(stage: RecordedStage, stages: readonly RecordedStage[]): readonly Markup[] {
  const { path } = stage;
  const { row, prediction, probability, decision, label, value } = withClassName(stage, stages);
  if (prediction === undefined || prediction === null || typeof row !== 'number') return [];
  const textOf = (one: Json): string =>
    Array.isArray(one) ? one.map(textOf).join(', ') || 'no label' : typeof one === 'number' ? number(one) : typeof one === 'string' ? one : JSON.stringify(one);
  const classes = classesBefore(path, stages);
  const of = classes?.length === 2 ? ` of ${String(classes[1])}` : '';
  const truth = label ?? value;
  const beside = [
    typeof probability === 'number' ? `probability${of} ${probability.toFixed(4)}` : typeof decision === 'number' ? `decision ${number(decision)}` : '',
    truth === undefined || truth === null ? '' : `in fact ${textOf(truth)}`,
  ].filter((text) => text !== '');
  return [
    html`<div class="card">
      <dt>prediction of row ${number(row)} <small>${path}</small></dt>
      <dd>${textOf(prediction)} ${beside.map((text) => html`<small>${text}</small>`)}</dd>
    </div>`,
  ];
}
