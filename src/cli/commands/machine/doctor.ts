// `pipeline doctor`: what this machine offers, what was refused and why, what would be faster. With --tune it searches for
// the fastest variant of each kernel and the faster place of the solver on this machine instead, with --self-test it compares each with its reference.
import type { Command } from 'commander';
import type { Kernel } from '../../../core/compute.ts';
import { tuneLinear, type LinearTuned } from '../../../estimators/linear/tuning/fastest.ts';
import { printable, seconds } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrapped } from '../../../report/terminal/table.ts';
import { diagnose, type CheckStatus } from '../../../runtime/node/doctor/doctor.ts';
import { noteSolver } from '../../../runtime/node/device/solver.ts';
import { openNodeCompute } from '../../../runtime/node/runtime.ts';

/** A machine that cannot compute is a device error. */
const FAILED = 4;
const DTYPES = ['u8', 'f32'] as const;

interface Options {
  readonly adapter?: string;
  readonly json?: boolean;
  readonly tune?: boolean;
  /** Or the beginning of the names of some. */
  readonly selfTest?: boolean | string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Reports on Node, the WebGPU package, every adapter and why it was chosen or refused, the cache and the data.')
    .option('--adapter <name>', 'as for run')
    .option('--json', 'one JSON object; of --self-test one line per kernel, and one of all of them last')
    .option('--tune', 'measure the variants of each kernel on this adapter (keep the machine idle) and use the fastest in later runs')
    .option('--self-test [kernel]', 'compare every kernel, or those whose names begin with this, with its float64 reference on this adapter')
    .action(async (options: Options) => {
      if (options.selfTest !== undefined) await testKernels(options);
      else await (options.tune ? tuneAdapter(options) : showDiagnosis(options));
    });
}

async function testKernels({ selfTest, ...options }: Options): Promise<void> {
  const { selfTestAdapter } = await import('./selfTest.ts');
  if (!(await selfTestAdapter(typeof selfTest === 'string' ? selfTest : undefined, options))) process.exitCode = FAILED;
}

async function showDiagnosis({ adapter, json }: Options): Promise<void> {
  const diagnosis = await diagnose({ adapter, quiet: true });
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'diagnosis', ...diagnosis })}\n`);
  } else {
    const { colors, width } = terminalStyle(process.stdout, process.env);
    const say = (first: string, text: string): void => void process.stdout.write(`${wrapped(first, 22, [printable(text)], width).join('\n')}\n`);
    const marks: Record<CheckStatus, string> = { ok: colors.green('ok  '), none: colors.dim('-   '), warn: colors.yellow('warn'), fail: colors.red('fail') };
    for (const { check, status, text, cure } of diagnosis.checks) {
      say(`${marks[status]} ${check.padEnd(16)} `, text);
      if (cure !== undefined) say(`${' '.repeat(22)}${colors.green('try:')} `, cure);
    }
  }
  if (diagnosis.status === 'fail') process.exitCode = FAILED;
}

async function tuneAdapter({ adapter, json }: Options): Promise<void> {
  const { compute, summary } = await openNodeCompute({ adapter, quiet: true });
  try {
    const searches: object[] = [];
    if (!json) process.stdout.write(`${printable(`${summary.name}, driver ${summary.driver}`)}\n${HEADING}`);
    for (const dtype of DTYPES) {
      await tuneLinear(compute, dtype, (tuned) => {
        const candidates = tuned.candidates.map(({ kernel, ms }) => ({ ...wayOf(kernel), ms }));
        searches.push({ ...tuned, candidates, kept: wayOf(tuned.kept) });
        if (!json) process.stdout.write(linesOf(tuned));
      });
    }
    const { tuneSolver } = await import('../../../estimators/linear/tuning/solver.ts');
    const solver = await tuneSolver(compute);
    await noteSolver(summary, solver.kept);
    const { host, device } = solver.ms;
    if (json) process.stdout.write(`${JSON.stringify({ type: 'tuned', adapter: summary, searches, solver })}\n`);
    else
      process.stdout.write(`\nsolver of linear models: a fit takes ${seconds(host)} on the host and ${seconds(device)} on the device; ${solver.kept} kept\n`);
  } finally {
    compute.destroy();
  }
}

const HEADING = tuneLine('kernel', 'rows', 'models', 'workgroup', 'quads', 'ms', '');

/** What tells the variants of these kernels apart. */
function wayOf({ name, sizes: { WORKGROUP, QUADS } }: Kernel): object {
  return { form: name, workgroup: WORKGROUP, ...(QUADS === undefined ? {} : { quads: QUADS }) };
}

function linesOf({ dtype, models, candidates, kept }: LinearTuned): string {
  const line = ({ name, sizes }: Kernel, ms: number, end: string): string =>
    tuneLine(name, dtype, models, sizes['WORKGROUP']!, sizes['QUADS'] ?? 1, ms.toFixed(2), end);
  const isKept = (kernel: Kernel): boolean => JSON.stringify(wayOf(kernel)) === JSON.stringify(wayOf(kept));
  return candidates.map(({ kernel, ms }) => line(kernel, ms, isKept(kernel) ? 'kept' : '')).join('');
}

function tuneLine(...cells: readonly (string | number)[]): string {
  return `${cells
    .map((cell, i) => String(cell).padEnd(i === 0 ? 20 : 11))
    .join('')
    .trimEnd()}\n`;
}
