// Screenshots of reports for docs/gallery: of each pipeline below in light, in dark and on a phone. They are run first, unless
// their reports are there. `npx tsx --conditions=pipeline-gpu-source scripts/gallery.ts [folder of reports]`
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { decode } from 'fast-png';
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

/** A picture of few colors: 256 of them take a byte a pixel, and a page has hardly more. */
function indexed(shot: Uint8Array): Uint8Array {
  const { width, height, data, channels } = decode(shot);
  const keys = Uint16Array.from({ length: width * height }, (_, i) => {
    const [r, g, b] = [data[i * channels]!, data[i * channels + 1]!, data[i * channels + 2]!].map((value) => Math.round((value / 255) * 31)) as [
      number,
      number,
      number,
    ];
    return (r << 10) | (g << 5) | b;
  });
  const counts = new Uint32Array(1 << 15);
  for (const key of keys) counts[key]!++;
  const palette = [...counts.keys()]
    .filter((key) => counts[key]! > 0)
    .toSorted((a, b) => counts[b]! - counts[a]!)
    .slice(0, 128);
  const channelsOf = (key: number): readonly number[] => [key >> 10, (key >> 5) & 31, key & 31];
  const away = (a: number, b: number): number => channelsOf(a).reduce((sum, value, c) => sum + (value - channelsOf(b)[c]!) ** 2, 0);
  const codes = new Map(palette.map((key, code) => [key, code]));
  const codeOf = (key: number): number => {
    let code = codes.get(key);
    if (code === undefined) codes.set(key, (code = palette.reduce((best, other, i) => (away(key, other) < away(key, palette[best]!) ? i : best), 0)));
    return code;
  };
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = codeOf(keys[y * width + x]!);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colors = Uint8Array.from(palette.flatMap((key) => channelsOf(key).map((value) => Math.round((value / 31) * 255))));
  const chunks = [chunk('IHDR', head), chunk('PLTE', colors), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', new Uint8Array())];
  return Buffer.concat([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), ...chunks]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
