// The script of a report: draws the charts and moves the threshold. Bundled into one file that the page carries.
import type { EChartsCoreOption } from 'echarts/core';
import { grouped } from '../../../core/numbers.ts';
import type { SearchCurve } from '../../search.ts';
import type { Curve, History } from '../data.ts';
import { chartIn, curveOption, foldsOption, historyOption, searchOption, type Chart, type FoldScores } from './charts.ts';

interface Data {
  readonly histories: readonly History[];
  readonly curves: readonly Curve[];
  readonly folds: readonly FoldScores[];
  readonly searches: readonly SearchCurve[];
}

const data = JSON.parse(document.getElementById('data')!.textContent!) as Data;
const redraw: (() => void)[] = [];
// Places of charts have no height until something draws in them.
document.documentElement.classList.add('scripted');

const options: Readonly<Record<string, (index: number) => EChartsCoreOption>> = {
  history: (index) => historyOption(data.histories[index]!),
  folds: (index) => foldsOption(data.folds[index]!),
  search: (index) => searchOption(data.searches[index]!),
};

for (const element of document.querySelectorAll<HTMLElement>('[data-chart=history], [data-chart=folds], [data-chart=search]')) {
  const { chart: kind, index } = element.dataset;
  const chart = chartIn(element);
  redraw.push(() => chart.setOption(options[kind!]!(Number(index))));
}

for (const group of document.querySelectorAll<HTMLElement>('[data-curves]')) {
  const index = Number(group.dataset['curves']);
  const curve = data.curves[index]!;
  const others = data.curves.filter((other) => other !== curve);
  const slider = group.querySelector('input')!;
  const output = group.querySelector('output')!;
  const charts: Chart[] = [...group.querySelectorAll<HTMLElement>('[data-chart]')].map(chartIn);
  // The slider walks the points, so every step changes something; they begin with the highest threshold, which is right.
  const last = curve.points.length - 1;
  slider.max = String(last);
  // It starts where the model decides, at zero.
  const zero = Math.max(
    0,
    curve.points.findLastIndex(({ threshold }) => threshold > 0),
  );
  slider.value = String(last - zero);
  const move = (): void => {
    const at = last - Number(slider.value);
    const { threshold, truePositives, falsePositives } = curve.points[at]!;
    const precision = truePositives / (truePositives + falsePositives);
    output.textContent = `decision ≥ ${threshold.toFixed(3)}: precision ${precision.toFixed(4)}, recall ${(truePositives / curve.positives).toFixed(4)}, false positive rate ${(falsePositives / curve.negatives).toFixed(4)}`;
    charts[0]!.setOption(curveOption('roc', curve, at, others));
    charts[1]!.setOption(curveOption('precision-recall', curve, at, others));
    const table = document.querySelector<HTMLElement>(`[data-curve="${index}"]`);
    const counts = [
      [curve.negatives - falsePositives, falsePositives],
      [curve.positives - truePositives, truePositives],
    ];
    counts.forEach((row, i) =>
      row.forEach((count, j) => {
        const cell = table?.querySelector<HTMLElement>(`[data-cell="${i}${j}"]`);
        if (!cell) return;
        cell.textContent = grouped(count);
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
