// Charts as files, SVG and PNG: made in the page when they are asked for, so that it carries each chart once.
import { standAlone } from '../../charts/standAlone.ts';

/** Pixels of a PNG file a pixel of the page, each way. */
const SCALE = 2;
const MOST_LETTERS = 80;

/** Puts buttons beside each chart, and under the graph. */
export function offerFiles(within: ParentNode): void {
  for (const chart of within.querySelectorAll<SVGSVGElement>('svg.chart, .graph svg')) {
    const isGraph = !chart.matches('.chart');
    const caption = chart.closest('figure')?.querySelector('figcaption') ?? undefined;
    const title = isGraph ? 'Graph' : (caption?.textContent ?? chart.getAttribute('aria-label')!).replaceAll(/\s+/g, ' ').trim();
    const button = (kind: string, click: () => void): HTMLButtonElement => {
      const made = document.createElement('button');
      made.type = 'button';
      made.textContent = kind;
      made.setAttribute('aria-label', `${kind} file: ${title}`);
      made.addEventListener('click', click);
      return made;
    };
    const name = title.replaceAll(/[^\w.-]+/g, '-').slice(0, MOST_LETTERS);
    const buttons = document.createElement('span');
    buttons.className = 'note files';
    buttons.append(
      button('SVG', () => save(`${name}.svg`, `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(chart))}`)),
      ' ',
      button('PNG', () => void pngOf(chart).then((url) => save(`${name}.png`, url))),
    );
    if (caption && !isGraph) caption.append(' ', buttons);
    else (isGraph ? chart.parentElement! : chart).after(buttons);
  }
}

function textOf(chart: SVGSVGElement): string {
  return standAlone(new XMLSerializer().serializeToString(chart));
}

async function pngOf(chart: SVGSVGElement): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(chart))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * SCALE;
  canvas.height = image.height * SCALE;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png');
}

function save(name: string, url: string): void {
  const link = document.createElement('a');
  link.download = name;
  link.href = url;
  link.click();
}
