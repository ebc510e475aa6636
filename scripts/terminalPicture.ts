// The picture of a terminal for the README: a run of the first example, as it stands when it is over, eighty columns wide.
// `npx tsx --conditions=pipeline-gpu-source scripts/terminalPicture.ts`; it needs `script` of util-linux.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { startChromium } from '../test/support/chromium.ts';

/** The sign that codes of terminals begin with. */
const ESCAPE = String.fromCharCode(27);
const CODES = new RegExp(`${ESCAPE}\\[([0-9;?]*)([A-Za-z])|\\r\\n|\\n|\\r|[^${ESCAPE}\\r\\n]+`, 'g');
const STYLES = new RegExp(`${ESCAPE}\\[([0-9;]*)m|[^${ESCAPE}]+`, 'g');

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = 'npx pipeline run mnist-2detector.ts';
const env = { ...process.env, COLORTERM: 'truecolor', TERM: 'xterm-256color', npm_command: 'exec' };
const run = 'stty cols 80 rows 60; node bin/pipeline.js run mnist-2detector.ts --no-cache';
const written = execFileSync('script', ['-qec', run, '/dev/null'], { cwd: ROOT, env, encoding: 'utf8' });
const page = `<body style="margin:0;background:#14161a;color:#e8eaed;font:14px/1.15 'DejaVu Sans Mono',monospace"><pre style="display:inline-block;margin:0;padding:14px 18px;font:inherit">$ ${COMMAND}\n${markupOf(screen(written))}</pre>`;

const browser = await startChromium();
const context = await browser.newContext({ viewport: { width: 1000, height: 400 } });
const tab = await context.newPage();
await tab.setContent(page);
await sharp(await tab.locator('pre').screenshot())
  .png({ palette: true, effort: 10 })
  .toFile(join(ROOT, 'docs/gallery/terminal.png'));
await browser.close();

/** What is left on the screen: lines with their colours, without those that were written over. */
function screen(text: string): readonly string[] {
  const lines = [''];
  let at = 0;
  for (const [token, command, letter] of text.matchAll(CODES)) {
    if (letter === 'A') at = Math.max(0, at - Number(command || 1));
    else if (letter === 'B') at += Number(command || 1);
    else if (letter === 'K' && command === '2') lines[at] = '';
    else if (letter === 'J') lines.length = Math.min(lines.length, command === '' || command === '0' ? at + 1 : 1);
    else if (letter === 'm') lines[at] += token;
    else if (token === '\n' || token === '\r\n') lines[++at] ??= '';
    else if (letter === undefined && token !== '\r') lines[at] += token;
  }
  return lines;
}

/** Lines as HTML: the styles and colours that runs are told with. */
function markupOf(lines: readonly string[]): string {
  const styles: Readonly<Record<string, readonly [name: string, value: string]>> = {
    1: ['font-weight', '700'],
    2: ['opacity', '0.6'],
    22: ['font-weight', ''],
    31: ['color', '#ff8b8b'],
    32: ['color', '#56c08a'],
    33: ['color', '#e6b93c'],
    36: ['color', '#6cb0f0'],
    39: ['color', ''],
    49: ['background', ''],
  };
  const style = new Map<string, string>();
  const set = (codes: string): void => {
    const list = codes === '' ? ['0'] : codes.split(';');
    for (let i = 0; i < list.length; i++) {
      const code = list[i]!;
      if (code === '0') style.clear();
      if (code === '22') style.delete('opacity');
      if ((code === '38' || code === '48') && list[i + 1] === '2') {
        style.set(code === '38' ? 'color' : 'background', `rgb(${list.slice(i + 2, i + 5).join(',')})`);
        i += 4;
      } else if (styles[code]) style.set(...(styles[code] as [string, string]));
    }
  };
  return lines
    .map((line) =>
      [...line.matchAll(STYLES)]
        .map(([text, codes]) => {
          if (codes !== undefined) return void set(codes);
          const css = [...style].map(([name, value]) => (value === '' ? '' : `${name}:${value};`)).join('');
          return `<span style="${css}">${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</span>`;
        })
        .join(''),
    )
    .join('\n')
    .trimEnd();
}
