// The script of a report: draws the charts and moves the threshold. Bundled into one file that the page carries.
import type { Curve, History } from '../data.ts';
import { chartIn, curveOption, foldsOption, historyOption, type Chart, type FoldScores } from './charts.ts';

interface Data {
  readonly histories: readonly History[];
  readonly curves: readonly Curve[];
  readonly folds: readonly FoldScores[];
}

const data = JSON.parse(document.getElementById('data')!.textContent!) as Data;
const redraw: (() => void)[] = [];

for (const element of document.querySelectorAll<HTMLElement>('[data-chart=history], [data-chart=folds]')) {
  const index = Number(element.dataset['index']);
  const chart = chartIn(element);
  redraw.push(() => chart.setOption(element.dataset['chart'] === 'history' ? historyOption(data.histories[index]!) : foldsOption(data.folds[index]!)));
}

for (const group of document.querySelectorAll<HTMLElement>('[data-curves]')) {
  const index = Number(group.dataset['curves']);
  const curve = data.curves[index]!;
  const slider = group.querySelector('input')!;
  const output = group.querySelector('output')!;
  const charts: Chart[] = [...group.querySelectorAll<HTMLElement>('[data-chart]')].map(chartIn);
  // The slider walks the points, so every step changes something; it starts where the model decides, at zero.
  slider.max = String(curve.points.length - 1);
  slider.value = String(
    Math.max(
      0,
      curve.points.findLastIndex(({ threshold }) => threshold > 0),
    ),
  );
  const move = (): void => {
    const at = Number(slider.value);
    const { threshold, truePositives, falsePositives } = curve.points[at]!;
    const precision = truePositives / (truePositives + falsePositives);
    output.textContent = `decision ≥ ${threshold.toFixed(3)}: precision ${precision.toFixed(4)}, recall ${(truePositives / curve.positives).toFixed(4)}, false positive rate ${(falsePositives / curve.negatives).toFixed(4)}`;
    charts[0]!.setOption(curveOption('roc', curve, at));
    charts[1]!.setOption(curveOption('precision-recall', curve, at));
    const table = document.querySelector<HTMLElement>(`[data-curve="${index}"]`);
    const counts = [
      [curve.negatives - falsePositives, falsePositives],
      [curve.positives - truePositives, truePositives],
    ];
    counts.forEach((row, i) =>
      row.forEach((count, j) => {
        const cell = table?.querySelector<HTMLElement>(`[data-cell="${i}${j}"]`);
        if (!cell) return;
        cell.textContent = String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
        cell.style.setProperty('--share', String(count / (row[0]! + row[1]!)));
      }),
    );
  };
  slider.addEventListener('input', move);
  redraw.push(move);
}

const draw = (): void => redraw.forEach((one) => one());
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
