// Workers on two adapters: a run computes on one kind of them, and their results have keys of their own.
import { expect, onTestFinished, test } from 'vitest';
import { farm, hasServer, queueServer, type Driven } from '../support/queue.ts';

const FIT = `import { fetch, fit, iris, logisticRegression, pipeline, score, split } from 'pipeline-gpu';
export default pipeline('fit', fetch(iris()), split({ test: 0.2 }), fit(logisticRegression()), score({ on: 'test' }));
`;

test('lavapipe and SwiftShader at one queue', async () => {
  expect(hasServer('redis')).toBe(true);
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'fit.ts': FIT });
  await here.worker('mesa', { PIPELINE_ADAPTER: 'lavapipe' });
  await here.worker('swift', { PIPELINE_ADAPTER: 'swiftshader' });
  const keyOfFit = (): string =>
    here
      .records()
      .at(-1)!
      .stages.find(({ path }) => path === 'fit')!.key!;
  const on = async (adapter: string): Promise<Driven & { readonly key: string }> => {
    const driven = await here.drive('fit.ts', ['--adapter', adapter]);
    expect(driven).toMatchObject({ code: 0, error: undefined });
    return { ...driven, key: keyOfFit() };
  };
  const [mesa, swift] = [await on('lavapipe'), await on('swiftshader')];
  expect(mesa.by).toMatchObject({ fit: 'mesa', score: 'mesa' });
  expect(swift.by).toMatchObject({ fit: 'swift', score: 'swift' });
  expect(swift.key).not.toBe(mesa.key);
  // Each finds what its own kind computed.
  for (const before of [mesa, swift]) {
    const again = await on(before === mesa ? 'lavapipe' : 'swiftshader');
    expect(again.by).toEqual({});
    expect([again.key, again.outputs]).toEqual([before.key, before.outputs]);
  }
  // Alone, on that adapter, the same is found.
  const alone = await here.run(['run', 'fit.ts', '--adapter', 'swiftshader', '--json']);
  expect(alone.stdout).toContain('"cached":true');
  expect(keyOfFit()).toBe(swift.key);
  // Nobody computes on what is asked for: the run says which there are.
  const { events } = await here.drive('fit.ts', ['--adapter', 'nvidia', '--seed', '1'], {
    onStdout: (text, kill) => void (text.includes('W_QUEUE') && kill('SIGINT')),
  });
  expect(events).toContainEqual(expect.objectContaining({ code: 'W_QUEUE', hint: expect.stringMatching(/llvmpipe.*SwiftShader|SwiftShader.*llvmpipe/) }));
});
