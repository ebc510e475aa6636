// How a classifier does at every threshold: ROC and precision/recall of all branches in one chart each, and of two classes what moving
// the threshold does, with a slider where scripts run.
import { histogram } from '../../charts/histogram.ts';
import { lines, type Line, type Point } from '../../charts/lines.ts';
import { html, type Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';
import type { Curve, Evidence } from '../data.ts';
import { figures, section } from '../parts/section.ts';
import { table, type Column } from '../parts/table.ts';

/** Curves that have a slider. */
export function twoClassCurves({ curves }: Evidence): readonly Curve[] {
  return curves.filter(({ positive }) => positive === undefined);
}

export function curves(evidence: Evidence): Markup | false {
  const two = twoClassCurves(evidence);
  const several = evidence.curves.filter(({ positive }) => positive !== undefined);
  const stages = [...new Set(several.map(({ stage }) => stage))];
  const ofClasses = (of: string): Markup =>
    pair(
      several.filter(({ stage }) => stage === of),
      ({ positive }) => positive!,
      ` of ${of}, each class against all others`,
    );
  return (
    evidence.curves.length > 0 &&
    section(
      'ROC and precision/recall',
      html`${two.length > 0 && pair(two, ({ stage }) => stage, positiveOf(two))} ${stages.map(ofClasses)} ${two.map(thresholds)}`,
    )
  );
}

/** `, positive class benign` where all curves are of that class. */
function positiveOf(two: readonly Curve[]): string {
  const names = new Set(two.map(({ spread }) => spread?.names[1]));
  const [name] = names;
  return names.size === 1 && name !== undefined ? `, positive class ${name}` : '';
}

const SHARES = { min: 0, max: 1 } as const;

function pair(found: readonly Curve[], nameOf: (curve: Curve) => string, of: string): Markup {
  const named = (curve: Curve, what: string, score: number | undefined): string =>
    score === undefined ? nameOf(curve) : `${nameOf(curve)}, ${what} ${score.toFixed(4)}`;
  const roc = found.map((curve) => named(curve, 'AUC', curve.rocAuc));
  const precise = found.map((curve) => named(curve, 'AP', curve.averagePrecision));
  const shares = found.map(({ positives, negatives }) => positives / (positives + negatives));
  const guide = (points: readonly Point[]): Line => ({ name: 'by chance', look: 'guide', points });
  return figures([
    html`<figure>
      <figcaption>ROC${of}</figcaption>
      ${lines({
        title: `ROC${of}: ${roc.join('; ')}`,
        height: 320,
        x: { name: 'false positive rate', ...SHARES },
        y: { name: 'true positive rate', ...SHARES },
        series: [
          ...found.map(({ positives, negatives, points }, i) => ({
            name: roc[i]!,
            points: [
              [0, 0],
              ...points.map(({ truePositives, falsePositives }): Point => [falsePositives / negatives, truePositives / positives]),
            ] satisfies Point[],
          })),
          guide([
            [0, 0],
            [1, 1],
          ]),
        ],
      })}
    </figure>`,
    html`<figure>
      <figcaption>Precision and recall${of}</figcaption>
      ${lines({
        title: `Precision by recall${of}: ${precise.join('; ')}`,
        height: 320,
        x: { name: 'recall', ...SHARES },
        y: { name: 'precision', ...SHARES },
        series: [
          ...found.map(({ positives, points }, i) => ({
            name: precise[i]!,
            points: points.map((point): Point => [point.truePositives / positives, precisionOf(point)]),
          })),
          // What chance gives is the share of positives: one line where all have the same.
          ...(new Set(shares).size === 1
            ? [
                guide([
                  [0, shares[0]!],
                  [1, shares[0]!],
                ]),
              ]
            : []),
        ],
      })}
    </figure>`,
  ]);
}

function precisionOf({ truePositives, falsePositives }: Curve['points'][number]): number {
  return truePositives / (truePositives + falsePositives);
}

function thresholds(curve: Curve, i: number): Markup {
  const { stage, positives, negatives, points, spread, calibration } = curve;
  const [negative, positive] = spread?.names.map((name) => `: ${name}`) ?? ['', ''];
  const line = (name: string, value: (point: Curve['points'][number]) => number): Line => ({
    name,
    points: points.map((point): Point => [point.threshold, value(point)]),
  });
  return html`<div class="curves" data-curves="${i}">
    <p class="control" hidden>
      <label for="threshold-${i}"
        >Threshold of the decision value on ${stage} (${number(positives)} positives${positive}, ${number(negatives)} negatives${negative})</label
      >
      <input type="range" id="threshold-${i}" min="0" max="1000" value="500" />
      <output for="threshold-${i}" aria-live="polite"></output>
    </p>
    <details>
      <summary>By threshold: precision and recall of ${stage}, its decision values, its calibration</summary>
      ${figures([
        html`<figure>
          <figcaption>Precision, recall and false positive rate of ${stage} by threshold; the model decides at 0</figcaption>
          ${lines({
            title: `Precision, recall and false positive rate of ${stage} by the threshold of the decision value`,
            x: { name: 'threshold of the decision value' },
            y: { name: 'share', ...SHARES },
            series: [
              line('precision', precisionOf),
              line('recall', ({ truePositives }) => truePositives / positives),
              line('false positive rate', ({ falsePositives }) => falsePositives / negatives),
              {
                name: 'decides here',
                look: 'guide',
                points: [
                  [0, 0],
                  [0, 1],
                ],
              },
            ],
          })}
        </figure>`,
        spread !== undefined &&
          html`<figure>
            <figcaption>Decision values of ${stage} by true class</figcaption>
            ${histogram({
              title: `Decision values of ${stage} by true class`,
              x: { name: 'decision value' },
              edges: spread.edges,
              series: [
                { name: spread.names[0], counts: spread.negatives },
                { name: spread.names[1], counts: spread.positives },
              ],
            })}
          </figure>`,
        calibration !== undefined && calibration.length > 1 && calibrationFigure(stage, calibration, spread?.names[1]),
      ])}
      ${thresholdTable(curve)}
    </details>
  </div>`;
}

function calibrationFigure(stage: string, bins: NonNullable<Curve['calibration']>, positive: string | undefined): Markup {
  return html`<figure>
    <figcaption>Calibration of ${stage}: share of positives${positive !== undefined && ` (${positive})`} by predicted probability</figcaption>
    ${lines({
      title: `Calibration of ${stage}: ${bins.map(({ predicted, share, rows }) => `of ${rows} rows at ${predicted.toFixed(2)}, ${share.toFixed(2)} positive`).join('; ')}`,
      x: { name: 'mean predicted probability', ...SHARES },
      y: { name: 'share of positives', ...SHARES },
      series: [
        { name: 'the model', points: bins.map(({ predicted, share }): Point => [predicted, share]) },
        {
          name: 'as it should be',
          look: 'guide',
          points: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    })}
  </figure>`;
}

/** Rows of the table of thresholds. */
const THRESHOLDS = 11;

/** The curves as numbers, at thresholds spread evenly over the positives found. */
function thresholdTable({ stage, positives, negatives, points }: Curve): Markup {
  const wanted = Array.from({ length: THRESHOLDS }, (_, i) => (positives * i) / (THRESHOLDS - 1));
  const picked = [...new Set(wanted.map((count) => points.findIndex(({ truePositives }) => truePositives >= count)))].filter((at) => at >= 0);
  type Row = Curve['points'][number];
  const four = (value: number): string => value.toFixed(4);
  const columns: readonly Column<Row>[] = [
    { name: `decision on ${stage} at least`, of: ({ threshold }) => threshold, text: (value) => value.toFixed(3) },
    { name: 'precision', of: precisionOf, text: four },
    { name: 'recall', of: ({ truePositives }) => truePositives / positives, text: four },
    { name: 'false positive rate', of: ({ falsePositives }) => falsePositives / negatives, text: four },
  ];
  return table({ label: `Thresholds of ${stage}`, columns, rows: picked.map((at) => points[at]!), file: { columns, rows: points } });
}
