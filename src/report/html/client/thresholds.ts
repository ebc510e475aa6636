// Moves the threshold of a model of two classes, and says what it would do there.
import { grouped } from '../../../core/numbers.ts';
import type { Curve } from '../data.ts';

export function moveThresholds(page: Document): void {
  const curves = JSON.parse(page.getElementById('data')?.textContent ?? '[]') as readonly Curve[];
  for (const group of page.querySelectorAll<HTMLElement>('[data-curves]')) {
    const { points, positives, negatives } = curves[Number(group.dataset['curves'])]!;
    const slider = group.querySelector('input')!;
    const output = group.querySelector('output')!;
    group.querySelector<HTMLElement>('.control')!.hidden = false;
    // The slider walks the points, so every step changes something; they begin with the highest threshold, which is right.
    const last = points.length - 1;
    slider.max = String(last);
    // It starts where the model decides, at zero.
    const zero = Math.max(
      0,
      points.findLastIndex(({ threshold }) => threshold > 0),
    );
    slider.value = String(last - zero);
    const move = (): void => {
      const { threshold, truePositives, falsePositives } = points[last - Number(slider.value)]!;
      const rates = [
        ['precision', truePositives / (truePositives + falsePositives)],
        ['recall', truePositives / positives],
        ['false positive rate', falsePositives / negatives],
      ] as const;
      const counts = [
        ['true positives', truePositives],
        ['false positives', falsePositives],
        ['false negatives', positives - truePositives],
        ['true negatives', negatives - falsePositives],
      ] as const;
      output.textContent = `decision ≥ ${threshold.toFixed(3)}: ${[
        ...rates.map(([name, value]) => `${name} ${value.toFixed(4)}`),
        ...counts.map(([name, count]) => `${name} ${grouped(count)}`),
      ].join(', ')}`;
    };
    slider.addEventListener('input', move);
    move();
  }
}
