// A process that computes must end as the caller says: lavapipe crashed it when it left while a kernel ran, and Dawn
// crashes it when the object from create() is collected.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAdapter } from '../../../src/runtime/node/device/adapters.ts';
import { runChild } from './children.ts';

const REPEATS = Number(process.env['PIPELINE_EXIT_REPEATS'] ?? 1);
// Without a system Vulkan both are SwiftShader, and once is enough.
const auto = (await openAdapter()).summary.name;
const adapters = auto === 'SwiftShader' ? ['swiftshader'] : ['auto', 'swiftshader'];
const ENDINGS = [
  ['done-open', 0],
  ['done-closed', 0],
  ['exit-mid-map', 3],
  ['throw-mid-map', 1],
  ['signal-mid-map', 130],
  ['close-mid-map', 130],
] as const;

// Two cores, and a child mostly waits: two at a time.
describe.each(adapters)('a process on %s', { concurrent: true }, (adapter) => {
  it.each(ENDINGS)('%s ends with %i', async (way, code) => {
    for (let i = 0; i < REPEATS; i++) {
      const ending = await runChild(adapter, way);
      expect(ending, ending.output).toMatchObject({ code, signal: null });
      // What went wrong without it is a matter of timing, so that a good ending alone proves little.
      expect(ending.output.match(/destroyed/g)).toHaveLength(1);
    }
  });

  it('survives the collection of what it no longer names', async () => {
    const ending = await runChild(adapter, 'collect', { flags: ['--expose-gc'] });
    expect(ending, ending.output).toMatchObject({ code: 0, signal: null });
  });

  const LINES = 'before\nstderr works after .+\nafter\n';
  /** With what stands where Dawn wrote to a file that stays open. */
  const BLANKED = LINES.replace('\n', '\n( +\n)?');
  it.each([
    ['a pipe', '"$@" 2>&1 | cat', `^${LINES}$`],
    ['a file', 'exec "$@" 2>"$LOG"', '^before\nafter\n( +\n)?stderr works after .+\n$'],
    ['a file that stdout writes, too', 'exec "$@" >"$LOG" 2>&1', `^${BLANKED}$`],
    ['a file that others append to', '("$@"; echo later >&2) >>"$LOG" 2>&1', `^${LINES}later\n$`],
    ['a file whose position others share', '("$@"; echo later >&2) >"$LOG" 2>&1', `^${BLANKED}later\n$`],
  ])('keeps Dawn quiet where asked to, and stderr whole: %s', async (_to, shell, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'pipeline-quiet-'));
    const log = join(folder, 'log');
    try {
      const ending = await runChild(adapter, 'quiet', { shell, env: { LOG: log } });
      expect(`${ending.output}${existsSync(log) ? readFileSync(log, 'utf8') : ''}`).toMatch(new RegExp(expected));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a plain rxjs pipe keeps Dawn quiet, too', async () => {
    const { output } = await runChild(adapter, 'plain-pipe', { pipe: true, env: { PIPELINE_ADAPTER: adapter } });
    expect(output).toBe('opened true\n');
  });
});
