// What stays of Dawn's warnings where stderr goes to a file: nothing, whoever else holds that file, and all else stays.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../support/cli.ts';
import { tempFolder } from '../../support/files.ts';

const NOTICE = 'Warning: maxDynamicStorageBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit.';

/** What a file holds to which a shell writes before and after a program that says `lines` while it is muted. */
function fileAfter(redirection: string, lines: readonly string[]): string {
  const folder = tempFolder();
  const module = join(ROOT, 'src/runtime/node/device/muteStderr.ts');
  const script = `import { writeSync } from 'node:fs';
import { untilIdle, withStderrMuted } from ${JSON.stringify(module)};
await untilIdle();
withStderrMuted(() => writeSync(2, ${JSON.stringify(`${lines.join('\n')}\n`)}));
process.stderr.write('during\\n');`;
  const shell = `{ echo before >&2; "$0" --import tsx --input-type=module -e "$1"; echo after >&2; } ${redirection}`;
  execFileSync('sh', ['-c', shell, process.execPath, script], { cwd: ROOT, env: { ...process.env, LOG: join(folder, 'log') } });
  return readFileSync(join(folder, 'log'), 'utf8');
}

test.each(['2> "$LOG"', '> "$LOG" 2>&1', '2>> "$LOG"', '2>&1 | cat > "$LOG"'])('%s has none of them, and what others write', (redirection) => {
  const lines = fileAfter(redirection, [NOTICE, NOTICE]).split('\n');
  expect(lines.filter((line) => line.trim() !== '')).toEqual(['before', 'during', 'after']);
});

test('what is no such warning stays as it is', () => {
  expect(fileAfter('2> "$LOG"', [NOTICE, 'out of memory'])).toBe(`before\n${NOTICE}\nout of memory\nduring\nafter\n`);
});
