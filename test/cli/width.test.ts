// What commands show in a terminal of 80 columns: no line is longer, nothing is cut, and a run ends with its results.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { paramLines } from '../../src/cli/paramHelp.ts';
import { loadPipeline, pipelineFiles } from '../../src/cli/load/load.ts';
import { ROOT } from '../support/cli.ts';
import { SUM, sumProject } from '../support/project.ts';

const env = { NODE_OPTIONS: `--import ${new URL('../support/asTerminal.js', import.meta.url).href}`, NO_COLOR: '1', CI: '1' };

/** A path that is longer than a line stays whole. */
function tooLong(text: string): readonly string[] {
  return text.split('\n').filter((line) => stringWidth(line) > 80 && !/^ *(at )?\/\S+$/.test(line));
}

test('commands', { timeout: 180_000 }, async () => {
  const { run, write } = sumProject();
  write('fails.ts', SUM['sum.ts'].replace("'./four.ts'", "'./five.ts'"));
  write('five.ts', `${SUM['four.ts']}\nthrow new Error('${'many words '.repeat(20)}');\n`);
  const first = await run(['run', 'sum.ts'], { env });
  expect(first.stdout).toMatch(/\nResults\n {2}report {2}.*\n {2}done in .*\n\nNext\n {2}(npx )?pipeline look +\S/);
  await run(['run', 'sum.ts', '--seed', '1'], { env });
  const commands = [
    ['run', 'sum.ts', '--dry-run'],
    ['run', 'sum.ts', '--help'],
    ['run', 'fails.ts'],
    ['run', 'sum.ts', '--nothing'],
    ['runs'],
    ['runs', 'show'],
    ['runs', 'diff', 'last~1', 'last'],
    ['look'],
    ['list'],
    ['explain', 'sum.ts', 'report'],
    ['cache', 'info'],
    ['nothing'],
    ['--help'],
  ];
  const shown = await Promise.all(commands.map((args) => run(args, { env })));
  for (const { stdout, stderr } of [first, ...shown]) {
    expect(tooLong(stdout + stderr)).toEqual([]);
    expect(stdout + stderr).not.toContain('…');
    expect(stdout + stderr).not.toBe('');
  }
});

test.each(pipelineFiles(`${ROOT}/pipelines`))('parameters of %s', async (file) => {
  const { pipeline } = await loadPipeline(file);
  const lines = paramLines(pipeline, { width: 80 });
  expect(lines.length > 0).toBe(pipeline.name !== 'mnist-ink'); // whose stages have none
  expect(tooLong(lines.join('\n'))).toEqual([]);
});
