// Screenshots of reports for docs/gallery: of each pipeline below in light, in dark and on a phone, and of the first the beginning, for
// the README. They are run first, unless their reports are there. `npx tsx --conditions=pipeline-gpu-source scripts/gallery.ts [folder of reports]`
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { startChromium } from '../test/support/chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORTS: Readonly<Record<string, readonly string[]>> = {
  'mnist-2detector': ['pipelines/mnist-2detector.ts'],
  'mnist-c-grid': ['pipelines/mnist-c-grid.ts', '--set', 'split.train=[0,6000]'],
  'mnist-compare': ['pipelines/mnist-compare.ts'],
  'mnist-classification': ['pipelines/mnist-classification.ts', '--rows', '300', '--tests', '200', '--passes', '5'],
  penguins: ['test/fixtures/reports/penguins.ts'],
  diabetes: ['test/fixtures/reports/diabetes.ts'],
  clusters: ['test/fixtures/reports/clusters.ts'],
  fails: ['test/fixtures/reports/fails.ts'],
};
/** Whole pages where those are not too long, else three screens of a desk, or two. */
const LOOKS = {
  light: { width: 1000, most: 4000, colorScheme: 'light' },
  dark: { width: 1000, most: 2500, colorScheme: 'dark' },
  phone: { width: 390, most: 2500, colorScheme: 'light' },
} as const;
/** Of the picture in the README. */
const BEGINNING = 1250;
const MOST_BYTES = 150_000;

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'pipeline-gallery-'));
const target = join(ROOT, 'docs/gallery');
mkdirSync(target, { recursive: true });
const browser = await startChromium();
for (const [name, args] of Object.entries(REPORTS)) {
  const report = join(folder, `${name}.html`);
  if (!existsSync(report)) {
    try {
      execFileSync(process.execPath, [join(ROOT, 'bin/pipeline.js'), 'run', ...args, '--report', report], { cwd: ROOT, stdio: 'ignore' });
    } catch {
      if (!existsSync(report)) throw new Error(`${name} left no report`);
    }
  }
  for (const [look, { width, most, colorScheme }] of Object.entries(LOOKS)) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(pathToFileURL(report).href);
    // Where it was run is nobody's business.
    await page.evaluate(
      (paths) => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) for (const path of paths) texts.currentNode.nodeValue = texts.currentNode.nodeValue!.replaceAll(`${path}/`, '');
      },
      [ROOT.replace(/\/$/, ''), folder],
    );
    const height = Math.min(most, await page.evaluate(() => document.documentElement.scrollHeight));
    const shot = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
    const file = join(target, `${name}-${look}.webp`);
    const { size } = await sharp(shot).webp({ lossless: true, effort: 6 }).toFile(file);
    if (size > MOST_BYTES) console.error(`${file} has ${size} bytes`);
    if (name === Object.keys(REPORTS)[0] && look === 'light') {
      await sharp(shot).extract({ left: 0, top: 0, width, height: BEGINNING }).png({ palette: true, effort: 10 }).toFile(join(target, 'report.png'));
    }
    await context.close();
  }
}
await browser.close();
