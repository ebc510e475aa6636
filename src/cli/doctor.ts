// `pipeline doctor`: what this machine offers, what was refused and why, what would be faster.
import type { Command } from 'commander';
import { printable } from '../report/terminal/format.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { diagnose, type CheckStatus } from '../runtime/node/doctor.ts';

/** A machine that cannot compute is a device error. */
const FAILED = 4;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine offers')
    .description('Looks at Node, the WebGPU package, every adapter and why it was chosen or refused, the cache and the data.')
    .option('--adapter <name>', 'as for run')
    .option('--json', 'one JSON object')
    .action(async ({ adapter, json }: { readonly adapter?: string; readonly json?: boolean }) => {
      const diagnosis = await diagnose({ adapter, quiet: true });
      if (json) {
        process.stdout.write(`${JSON.stringify({ type: 'diagnosis', ...diagnosis })}\n`);
      } else {
        const { colors } = terminalStyle(process.stdout, process.env);
        const marks: Record<CheckStatus, string> = { ok: colors.green('ok  '), warn: colors.yellow('warn'), fail: colors.red('fail') };
        for (const { check, status, text, cure } of diagnosis.checks) {
          process.stdout.write(`${marks[status]} ${check.padEnd(16)} ${printable(text)}\n`);
          if (cure !== undefined) process.stdout.write(`${' '.repeat(22)}${colors.green('try:')} ${printable(cure)}\n`);
        }
      }
      if (diagnosis.status === 'fail') process.exitCode = FAILED;
    });
}
