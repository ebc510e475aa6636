// `pipeline doctor`: what this machine offers, what was refused and why, what would be faster. With --tune it measures
// which form of each kernel is faster here, instead.
import type { Command } from 'commander';
import { MEASURED, tune, type Tuned } from '../estimators/linear/variants.ts';
import { printable } from '../report/terminal/format.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { diagnose, type CheckStatus } from '../runtime/node/doctor.ts';
import { openNodeCompute } from '../runtime/node/runtime.ts';

/** A machine that cannot compute is a device error. */
const FAILED = 4;
const DTYPES = ['u8', 'f32'] as const;
const SIZES = ['few', 'many'] as const;
const KERNELS = ['margins', 'gradient'] as const;

interface Options {
  readonly adapter?: string;
  readonly json?: boolean;
  readonly tune?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine offers')
    .description('Looks at Node, the WebGPU package, every adapter and why it was chosen or refused, the cache and the data.')
    .option('--adapter <name>', 'as for run')
    .option('--json', 'one JSON object')
    .option('--tune', 'measure both forms of each kernel on this adapter and keep the faster one for later runs')
    .action(async (options: Options) => (options.tune ? tuneAdapter(options) : showDiagnosis(options)));
}

async function showDiagnosis({ adapter, json }: Options): Promise<void> {
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
}

async function tuneAdapter({ adapter, json }: Options): Promise<void> {
  const { compute, summary } = await openNodeCompute({ adapter, quiet: true });
  try {
    const tuned: Tuned[] = [];
    for (const dtype of DTYPES) tuned.push(await tune(compute, dtype));
    if (json) process.stdout.write(`${JSON.stringify({ type: 'tuned', adapter: summary, kernels: tuned })}\n`);
    else process.stdout.write(`${printable(`${summary.name}, driver ${summary.driver}`)}\n${tuneTable(tuned)}`);
  } finally {
    compute.destroy();
  }
}

function tuneTable(tuned: readonly Tuned[]): string {
  const line = (kernel: string, rows: string, models: string, plain: string, subgroups: string, kept: string): string =>
    `${kernel.padEnd(10)}${rows.padEnd(6)}${models.padEnd(8)}${plain.padStart(10)}${subgroups.padStart(14)}  ${kept}\n`;
  const time = (ms: number | undefined): string => ms?.toFixed(2) ?? '-';
  const lines = tuned.flatMap(({ dtype, ms, kept }) =>
    KERNELS.flatMap((kernel) =>
      SIZES.map((size) => line(kernel, dtype, String(MEASURED[size]), time(ms?.[size][kernel].plain), time(ms?.[size][kernel].subgroups), kept[size][kernel])),
    ),
  );
  return [line('kernel', 'rows', 'models', 'plain ms', 'subgroups ms', 'kept'), ...lines].join('');
}
