// What a run says may be done next.
import { afterEach, expect, test, vi } from 'vitest';
import { nextSteps } from '../../src/cli/commands/run/nextSteps.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';

const made = (id: string, key: string) => stage({ id, needs: [], provides: [key], run: () => ({ [key]: 1 }) });
const next = (...stages: Parameters<typeof pipelineOf>[1]) => nextSteps(pipelineOf('p', stages), '/p.ts', [], false).map((row) => row.join('  '));

afterEach(() => vi.unstubAllEnvs());

test.each([
  [undefined, 'pipeline'],
  ['exec', 'npx pipeline'],
  ['start', 'npx pipeline'],
  ['run-script', 'npx pipeline'],
])('under npm_command %s commands begin with %s', (under, command) => {
  vi.stubEnv('npm_command', under);
  expect(next(made('rows', 'train'))).toEqual([
    `${command} look  what there is to see of this run`,
    `${command} report  all of it as one HTML file`,
    `${command} ui  all runs in a browser`,
  ]);
});

test('a model that is not saved may be, by a stage after the one that made it', () => {
  expect(next(made('rows', 'train'), made('grid-search', 'model'), made('score', 'score')).at(-1)).toBe(
    "add save('model.safetensors')  after `grid-search` to keep the model",
  );
  expect(next(made('fit', 'model'), made('save', 'file')).join()).not.toContain('save');
});
