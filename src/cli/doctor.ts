// `pipeline doctor`: what this machine offers, what was refused and why, what would be faster.
import type { Command } from 'commander';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine offers')
    .action(async () => {});
}
