// The losses of a stage's models while they are trained, as lines: the models of a grid come one after the other and stay. What is over
// is drawn by the report.
import { number } from '../report/terminal/format.ts';
import { h } from './dom.ts';

const WIDTH = 600;
const HEIGHT = 180;
/** Most models that are drawn, the last ones to move. */
const MOST_LINES = 60;
const SVG = 'http://www.w3.org/2000/svg';

export interface Losses {
  readonly element: HTMLElement;
  /** @param iteration where the loss stands among those of the model */
  add(model: string, iteration: number, loss: number): void;
  draw(): void;
}

export function lossesOf(stage: string): Losses {
  const curves = new Map<string, number[]>();
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  const caption = h('figcaption', {});
  return {
    element: h('figure', { class: 'losses' }, caption, svg),
    add(model, iteration, loss) {
      const curve = curves.get(model) ?? [];
      curve[iteration] = loss;
      // The last to move is drawn last.
      curves.delete(model);
      curves.set(model, curve);
    },
    draw() {
      const drawn = [...curves.values()].slice(-MOST_LINES);
      const known = drawn.flatMap((curve) => curve.filter(Number.isFinite));
      const [low, high] = [Math.min(...known), Math.max(...known)];
      const last = Math.max(1, ...drawn.map((curve) => curve.length - 1));
      const place = (loss: number, iteration: number): string =>
        `${((iteration / last) * WIDTH).toFixed(1)},${(HEIGHT - 4 - ((loss - low) / (high - low || 1)) * (HEIGHT - 8)).toFixed(1)}`;
      const text = `Loss of ${stage}: ${curves.size === 1 ? 'one model' : `${number(curves.size)} models`}, from ${number(high)} down to ${number(low)} in ${number(last)} iterations`;
      caption.textContent = text;
      svg.setAttribute('aria-label', text);
      svg.replaceChildren(
        ...drawn.map((curve) => {
          const line = document.createElementNS(SVG, 'polyline');
          line.setAttribute('points', curve.flatMap((loss, i) => (Number.isFinite(loss) ? [place(loss, i)] : [])).join(' '));
          return line;
        }),
      );
    },
  };
}
