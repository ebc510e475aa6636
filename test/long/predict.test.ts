// A file that is larger than what `pipeline predict` may hold: 300 MB, in far less memory than that.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { stageContext } from '../support/smallSets.ts';
import { matrix, ridge } from '../../src/api.ts';
import { saveModel } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

const COLS = 40;
const BYTES = 300e6;
/** Of the whole process, which is about 130 MB before it reads a row. */
const MOST_MB = 300;

test('300 MB of rows, 300 MB of memory at most', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-large-'));
  const columns = Array.from({ length: COLS }, (_, j) => `column_${j}`);
  const x = matrix(
    200,
    COLS,
    Float64Array.from({ length: 200 * COLS }, (_, i) => ((i * 7919) % 1000) / 100),
  );
  const values = matrix(
    200,
    1,
    Float64Array.from({ length: 200 }, (_, row) => row % 17),
  );
  const rows = { name: 'rows', role: 'train', x, columns, values, rows: Uint32Array.from({ length: 200 }, (_, i) => i) } as const;
  const [trained] = await ridge().train(rows, [{ name: 'fit' }], {}, stageContext(new ReferenceCompute()));
  const { model } = trained!;
  await saveModel(join(folder, 'ridge.safetensors'), model);
  const lines = Array.from({ length: 200 }, (_, row) => [...x.data.subarray(row * COLS, (row + 1) * COLS)].join(','));
  const input = join(folder, 'rows.csv');
  const out = createWriteStream(input);
  out.write(`${columns.join(',')}\n`);
  const piece = `${lines.join('\n')}\n`;
  let count = 0;
  for (let bytes = 0; bytes < BYTES; bytes += piece.length, count += 200) if (!out.write(piece)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
  expect(statSync(input).size).toBeGreaterThan(BYTES);
  const args = [join(ROOT, 'bin/pipeline.js'), 'predict', join(folder, 'ridge.safetensors'), '--input', input, '--output', join(folder, 'o.csv')];
  const child = spawn(process.execPath, args, { env: { ...process.env, PIPELINE_ADAPTER: 'host' }, stdio: 'inherit' });
  let most = 0;
  const watch = setInterval(() => {
    try {
      most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 100);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(watch);
  expect(code).toBe(0);
  expect(most).toBeGreaterThan(50_000);
  expect(most / 1000).toBeLessThan(MOST_MB);
  const expected = await model.predict(rows, stageContext(new ReferenceCompute()));
  let row = -1;
  for await (const line of createInterface({ input: createReadStream(join(folder, 'o.csv')) })) {
    if (row >= 0 && Math.abs(Number(line) - expected[row % 200]!) > 1e-4) throw new Error(`Row ${row} is ${line}, not ${expected[row % 200]}.`);
    row++;
  }
  expect(row).toBe(count);
  console.log(`${(statSync(input).size / 1e6).toFixed(0)} MB in at most ${(most / 1000).toFixed(0)} MB`);
  rmSync(folder, { recursive: true });
});
