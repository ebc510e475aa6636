// The curves of several runs over each other: ROC, precision by recall, and losses, one line a run and stage.
import { lines, type Line, type Point } from '../charts/lines.ts';
import type { Curve, Evidence, History } from '../html/data.ts';
import { html, type Markup } from '../markup.ts';

/** Most lines that can be told apart. */
const MOST_LINES = 12;
const SHARES = { min: 0, max: 1 } as const;

/** @param runs their names, and what their events show */
export function comparedCurves(runs: readonly { readonly letter: string; readonly evidence: Evidence }[]): Markup | false {
  const curves = runs.flatMap(({ letter, evidence }) => evidence.curves.map((curve) => ({ name: `${letter} ${curve.stage}`, curve })));
  const losses = runs.flatMap(({ letter, evidence }) => evidence.histories.flatMap((history) => lossOf(letter, history)));
  const roc = ({ positives, negatives, points }: Curve): readonly Point[] => [
    [0, 0],
    ...points.map(({ truePositives, falsePositives }): Point => [falsePositives / negatives, truePositives / positives]),
  ];
  const precise = ({ positives, points }: Curve): readonly Point[] =>
    points.map(({ truePositives, falsePositives }): Point => [truePositives / positives, truePositives / (truePositives + falsePositives)]);
  const drawn = (points: (curve: Curve) => readonly Point[]): readonly Line[] => curves.map(({ name, curve }) => ({ name, points: points(curve) }));
  const figures = [
    figure('ROC', { name: 'false positive rate', ...SHARES }, { name: 'true positive rate', ...SHARES }, drawn(roc)),
    figure('Precision by recall', { name: 'recall', ...SHARES }, { name: 'precision', ...SHARES }, drawn(precise)),
    figure('Loss by iteration', { name: 'iteration', whole: true }, { name: 'loss' }, losses),
  ].filter((one) => one !== false);
  return (
    figures.length > 0 &&
    html`<section>
      <h2>Curves</h2>
      <div class="side">${figures}</div>
    </section>`
  );
}

type Axis = Parameters<typeof lines>[0]['x'];

function figure(title: string, x: Axis, y: Axis, series: readonly Line[]): Markup | false {
  if (series.length === 0) return false;
  const left = series.length - MOST_LINES;
  const names = series.map(({ name }) => name).join(', ');
  return html`<figure>
    <figcaption>${title}${left > 0 && `; ${left} more are not drawn`}</figcaption>
    ${lines({ title: `${title}: ${names}`, x, y, series: series.slice(0, MOST_LINES) })}
  </figure>`;
}

/** Of models trained beside each other the one that is kept: folds are told by their scores, and of a search the last is the best. */
function lossOf(letter: string, { stage, models }: History): readonly Line[] {
  const own = models.find(({ model }) => stage.endsWith(model)) ?? models.at(-1);
  return own ? [{ name: `${letter} ${stage}`, points: own.loss.map((loss, iteration): Point => [iteration, loss]) }] : [];
}
