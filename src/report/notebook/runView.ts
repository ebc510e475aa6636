// A run in the cell of a notebook: the lines of the terminal as they come, with the stages that are not over yet below them, and
// pictures and charts as such. One place of the cell is written anew while the run goes on.
import { toBase64 } from '../../core/encoding/base64.ts';
import type { Picture, RunEvent } from '../../core/events.ts';
import { withDisplay, type Kernel, type MimeBundle, type RunView } from '../../core/notebook.ts';
import type { Chart } from '../figures/kinds.ts';
import { html, Markup } from '../markup.ts';
import { png } from '../png.ts';
import { liveTable } from '../terminal/live.ts';
import { terminalReporter } from '../terminal/reporter.ts';
import { terminalStyle } from '../terminal/style.ts';
import { withValueDisplay } from './display.ts';

const REDRAW_MS = 500;
const LIVE_LINES = 12;
const COLUMNS = 100;

type Block = { text: string } | { readonly picture: Picture } | { readonly chart: Chart };

let views = 0;

export function runView(kernel: Kernel): RunView {
  const id = `pipeline-run-${Date.now().toString(36)}-${views++}`;
  const blocks: Block[] = [];
  const write = (text: string): boolean => {
    const last = blocks.at(-1);
    if (last && 'text' in last) last.text += text;
    else blocks.push({ text });
    return true;
  };
  const out = { write, columns: COLUMNS } as unknown as NodeJS.WriteStream;
  const report = terminalReporter({ out, err: out, env: {} });
  const table = liveTable(terminalStyle({ columns: COLUMNS }, {}));
  let redraw: NodeJS.Timeout | undefined;
  /** Messages in turn, one at a time: what is still being sent when the next is due is not drawn again. */
  let sending: Promise<void> | undefined;
  const draw = (): void => {
    sending ??= bundleOf([...blocks, { text: table.lines(LIVE_LINES).join('\n') }])
      .then((bundle) => kernel.show(bundle, id))
      // What a kernel cannot be sent now is sent with the next, and the last says if it cannot be sent at all.
      .catch(() => {})
      .finally(() => (sending = undefined));
  };
  return {
    see(event) {
      table.see(event);
      const shown = blockOf(event);
      if (shown) blocks.push(shown);
      else report(event);
      if (event.type === 'run-started') redraw = setInterval(draw, REDRAW_MS);
      if (event.type === 'run-finished') clearInterval(redraw);
    },
    async close(result) {
      await sending;
      const bundle = await bundleOf(blocks);
      await kernel.show(bundle, id);
      const { status, outputs, values } = result as { readonly status?: string; readonly outputs?: object; readonly values?: object };
      for (const value of Object.values(values ?? {})) withValueDisplay(value);
      // All of it stands in the cell already.
      const line = `${status}: outputs of ${Object.keys(outputs ?? {}).join(', ') || 'no stage'}`;
      return withDisplay(result, () => ({ 'text/plain': line }), line);
    },
  };
}

function blockOf(event: RunEvent): Block | undefined {
  if (event.type === 'picture' && (event.of === 'row' || event.of === 'figure')) return { picture: event.picture };
  return event.type === 'figure' ? { chart: event.chart as unknown as Chart } : undefined;
}

async function bundleOf(blocks: readonly Block[]): Promise<MimeBundle> {
  const parts: Markup[] = [];
  for (const block of blocks) {
    if ('text' in block) parts.push(preformatted(block.text));
    else if ('picture' in block) parts.push(pictureMarkup(block.picture));
    else parts.push(new Markup(await chartSvg(block.chart)));
  }
  const text = blocks
    .map((block) => ('text' in block ? block.text.trimEnd() : `[${'picture' in block ? block.picture.caption : block.chart.title}]`))
    .join('\n');
  return { 'text/plain': text, 'text/html': html`<div>${parts}</div>`.text };
}

function preformatted(text: string): Markup {
  return html`<pre style="margin:0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere">${text.trimEnd()}</pre>`;
}

/** Small pictures enlarged, pixel by pixel. */
export function pictureMarkup(picture: Picture): Markup {
  const scale = Math.max(1, Math.floor(140 / Math.max(picture.width, picture.height)));
  const source = `data:image/png;base64,${toBase64(png(picture, scale))}`;
  return html`<figure style="margin:4px 0">
    <img src="${source}" width="${picture.width * scale}" height="${picture.height * scale}" alt="${picture.caption}" />
    <figcaption>${picture.caption}</figcaption>
  </figure>`;
}

/** What draws charts is loaded for the first of them. */
async function chartSvg(chart: Chart): Promise<string> {
  const { drawChart, standAlone } = await import('../figures/draw.ts');
  return standAlone(drawChart(chart).text);
}
