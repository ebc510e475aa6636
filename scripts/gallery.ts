// Screenshots of reports for docs/gallery: of each pipeline below in light, in dark and on a phone. They are run first, unless
// their reports are there. `npx tsx --conditions=pipeline-gpu-source scripts/gallery.ts [folder of reports]`
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startChromium } from '../test/support/chromium.ts';
import { indexed } from './indexedPng.ts';

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
const LOOKS = {
  light: { width: 1000, height: 1250, colorScheme: 'light' },
  dark: { width: 1000, height: 1250, colorScheme: 'dark' },
  phone: { width: 390, height: 1250, colorScheme: 'light' },
} as const;
const MOST_BYTES = 60_000;

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
  for (const [look, { width, height, colorScheme }] of Object.entries(LOOKS)) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await page.goto(pathToFileURL(report).href);
    const file = join(target, `${name}-${look}.png`);
    const bytes = indexed(await page.screenshot());
    if (bytes.length > MOST_BYTES) console.error(`${file} has ${bytes.length} bytes`);
    writeFileSync(file, bytes);
    await context.close();
  }
}
await browser.close();
