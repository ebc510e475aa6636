// What docs/your-csv.md shows is what happens: its files are written, its commands run, and their output holds what it shows.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';
import { project } from './support/project.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/your-csv.md'), 'utf8');

/** Without what every run has its own of: times, memory, and how columns are padded. */
function plain(line: string): string {
  return line
    .replaceAll(/\d[\d.]* m?s\b/g, 'TIME')
    .replace(/, [\d.]+ [kMG]?B and .* on the device$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

test('the guide: each command gives what it shows, in its order', { timeout: 120_000 }, async () => {
  const made = project();
  copyFileSync(join(ROOT, 'docs/penguins.csv'), join(made.folder, 'penguins.csv'));
  let commands = 0;
  for (const [, language, text] of GUIDE.matchAll(/```(\w+)\n([\s\S]*?)```/g)) {
    if (language === 'csv') made.write('found.csv', text!);
    if (language === 'ts') made.write(/^\/\/ (\S+)\n/.exec(text!)![1]!, text!);
    if (language !== 'console') continue;
    const [command, ...shown] = text!.trimEnd().split('\n');
    const { stdout, code } = await made.run(command!.replace('$ npx pipeline ', '').split(' '));
    expect(code, command).toBe(0);
    const lines = stdout.split('\n').map(plain);
    let at = -1;
    for (const line of shown.filter((one) => one !== '...').map(plain)) {
      const found = lines.indexOf(line, at + 1);
      expect(found, `${command}: ${line}\n${stdout}`).toBeGreaterThan(at);
      at = found;
    }
    commands++;
  }
  expect(commands).toBe(4);
});
