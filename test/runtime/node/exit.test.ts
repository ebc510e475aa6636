// A process that computes must end as the caller says: lavapipe crashed it when it left while a kernel ran, and Dawn
// crashes it when the object from create() is collected.
import { describe, expect, it } from 'vitest';
import { openAdapter } from '../../../src/runtime/node/adapters.ts';
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

  it('keeps Dawn quiet where asked to, and stderr open', async () => {
    const ending = await runChild(adapter, 'quiet', { pipe: true });
    expect(ending.output).toMatch(/^stderr works after .+\n$/);
  });
});
