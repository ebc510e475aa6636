// Draw a digit and see what the trained model says: computed here, by the same kernels through WebGPU where the browser has
// it, else by plain arithmetic.
import type { Picture } from '../core/events.ts';
import { getJson, h } from './dom.ts';
import type { View } from './main.ts';
import { centred } from './digit.ts';
import { predictor } from './predictor.ts';

/** A trained model as the server hands it out. */
export interface ServedModel {
  readonly coef: readonly (readonly number[])[];
  readonly intercept: readonly number[];
  readonly classes: readonly number[];
  readonly binarized: boolean;
  /** One model a class, each asked by itself, instead of one softmax. */
  readonly oneVsRest: boolean;
  readonly scaling?: { readonly shift: readonly number[]; readonly factor: readonly number[] } | undefined;
  readonly picture: Pick<Picture, 'width' | 'height' | 'full'>;
  /** What the classes are called. */
  readonly names: readonly string[];
}

/** Pixels of the canvas a pixel of the picture. */
const ZOOM = 10;

export async function drawing(id: string): Promise<View> {
  const model = await getJson<ServedModel>(`/runs/${id}/model`);
  const { width, height, full = 255 } = model.picture;
  const predict = await predictor(model);
  const canvas = h('canvas', { width: width * ZOOM, height: height * ZOOM, 'aria-label': 'Draw a digit here', role: 'img', tabindex: 0 });
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const answer = h('p', { class: 'answer', 'aria-live': 'polite' }, 'Draw a digit');
  const detail = h('ul', {});
  const clear = (): void => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  clear();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = 2.2 * ZOOM;

  /** Strokes and clearings so far: the answer to an earlier one is of no use. */
  let asked = 0;
  const ask = async (): Promise<void> => {
    const turn = ++asked;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const ink = Uint8Array.from({ length: canvas.width * canvas.height }, (_, i) => 255 - data[4 * i]!);
    const said = await predict.answer(centred(ink, canvas.width, canvas.height, width, height).map((value) => Math.round((value * full) / 255)));
    if (turn !== asked) return;
    answer.textContent = `${said.name}, probability ${said.probability.toFixed(3)}`;
    detail.replaceChildren(...said.all.map(({ name, probability }) => h('li', {}, `${name}: ${probability.toFixed(3)}`)));
  };

  let drawing = false;
  const at = (event: Event): [number, number] => {
    const { offsetX, offsetY } = event as PointerEvent;
    return [(offsetX * canvas.width) / canvas.clientWidth, (offsetY * canvas.height) / canvas.clientHeight];
  };
  canvas.addEventListener('pointerdown', (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    context.beginPath();
    context.moveTo(...at(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!drawing) return;
    context.lineTo(...at(event));
    context.stroke();
  });
  canvas.addEventListener('pointerup', () => {
    drawing = false;
    void ask();
  });
  return {
    element: h(
      'div',
      {},
      h('h1', {}, 'Draw a digit'),
      h('p', { class: 'note' }, `The model of run ${id}, computed in this page ${predict.where}. `, h('a', { href: `#/run/${id}` }, 'Back to the run')),
      h(
        'div',
        { class: 'draw' },
        canvas,
        h(
          'div',
          {},
          answer,
          detail,
          h(
            'button',
            {
              click: () => {
                asked++;
                clear();
                answer.textContent = 'Draw a digit';
                detail.replaceChildren();
              },
            },
            'Clear',
          ),
        ),
      ),
    ),
    leave: predict.close,
  };
}
