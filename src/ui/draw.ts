// A picture drawn by pointer or keys, beside what the model sees of it.
import { toBase64 } from '../core/encoding/base64.ts';
import type { Json } from '../core/events.ts';
import type { AskedRow } from './ask.ts';
import { h } from './dom.ts';
import { centred } from './digit.ts';

/** Side of the paper, in its own pixels. */
const PAPER = 280;
/** Width of the pen, and the way it goes at a press of a key. */
const PEN = 22;
const STEP = 8;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const EMPTY = 'Nothing drawn yet';

/** @param ask told what the picture holds @param clear told what stands in place of an answer */
export function drawing(row: Extract<AskedRow, { kind: 'picture' }>, ask: (values: Json) => Promise<void>, clear: (text: string) => void): HTMLElement {
  const { width, height, full, light } = row;
  const scale = PAPER / Math.max(width, height);
  const label = 'Paper: draw with the pointer or the arrow keys; with Shift they move the pen, Delete clears';
  const canvas = h('canvas', { width: Math.round(width * scale), height: Math.round(height * scale), 'aria-label': label, role: 'application', tabindex: 0 });
  const seen = h('canvas', { width, height, role: 'img', 'aria-label': `What the model sees: ${width} x ${height} pixels` });
  const pen = h('span', { class: 'pen', hidden: true });
  const inverted = h('input', { type: 'checkbox', change: () => show() });
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  let at: [number, number] = [canvas.width / 2, canvas.height / 2];

  /** What a row of such a picture holds. */
  const pixels = (): Uint8Array => {
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const ink = Uint8Array.from({ length: canvas.width * canvas.height }, (_, i) => 255 - data[4 * i]!);
    const small = centred(ink, canvas.width, canvas.height, width, height);
    return small.map((value) => Math.round(((light && !inverted.checked ? 255 - value : value) * full) / 255));
  };
  const show = (): Uint8Array => {
    const values = pixels();
    const shown = seen.getContext('2d')!;
    const image = shown.createImageData(width, height);
    values.forEach((value, i) => {
      const level = Math.round((255 * value) / full);
      image.data.set([level, level, level, 255], 4 * i);
    });
    shown.putImageData(image, 0, 0);
    return values;
  };
  const drawn = (): void => void ask(toBase64(show()));
  const wipe = (): void => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    show();
    clear(EMPTY);
  };
  const line = (to: readonly [number, number]): void => {
    context.beginPath();
    context.moveTo(...at);
    context.lineTo(...to);
    context.stroke();
    at = [...to];
  };
  Object.assign(context, { lineCap: 'round', lineJoin: 'round', lineWidth: PEN });
  wipe();

  let pressed = false;
  const place = (event: Event): [number, number] => {
    const { offsetX, offsetY } = event as PointerEvent;
    return [(offsetX * canvas.width) / canvas.clientWidth, (offsetY * canvas.height) / canvas.clientHeight];
  };
  canvas.addEventListener('pointerdown', (event) => {
    pressed = true;
    canvas.setPointerCapture(event.pointerId);
    at = place(event);
    line(at);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!pressed) return;
    line(place(event));
    show();
  });
  canvas.addEventListener('pointerup', () => {
    if (pressed) drawn();
    pressed = false;
  });
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Delete' || event.key === 'Backspace') wipe();
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    const to: [number, number] = [Math.min(canvas.width, Math.max(0, at[0] + dx)), Math.min(canvas.height, Math.max(0, at[1] + dy))];
    if (event.shiftKey) at = to;
    else {
      line(to);
      drawn();
    }
    pen.hidden = false;
    pen.style.left = `${(100 * at[0]) / canvas.width}%`;
    pen.style.top = `${(100 * at[1]) / canvas.height}%`;
  });
  return h(
    'div',
    { class: 'draw' },
    h('div', { class: 'paper' }, canvas, pen),
    h(
      'div',
      { class: 'beside' },
      h('figure', {}, seen, h('figcaption', {}, 'What the model sees')),
      light && h('label', {}, inverted, ' light on dark'),
      h('p', {}, h('button', { click: wipe }, 'Clear')),
      h('p', { class: 'note' }, 'By keyboard: arrow keys draw, with Shift they move the pen, Delete clears.'),
    ),
  );
}
