// `pipeline doctor --self-test`: every kernel on the adapter at hand against its float64 reference, and what to report of those that fail.
import type { AdapterSummary } from '../../../core/events.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import { printable } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrapped } from '../../../report/terminal/table.ts';
import { openNodeCompute } from '../../../runtime/node/runtime.ts';
import type { GpuCompute } from '../../../runtime/gpu/gpuCompute.ts';
import { selfTest, type KernelTested } from '../../../testing/selfTest.ts';
import { version } from '../../version.ts';

const NAME_WIDTH = 36;

/** @returns whether all kernels agree with their references. @throws E_USAGE for a name that no kernel has; E_NO_ADAPTER */
export async function selfTestAdapter(only: string | undefined, options: { readonly adapter?: string; readonly json?: boolean }): Promise<boolean> {
  const { colors, width } = terminalStyle(process.stdout, process.env);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const say = (first: string, text: string): void => print(wrapped(first, NAME_WIDTH, [printable(text)], width).join('\n'));
  const marks: Record<KernelTested['status'], string> = { ok: colors.green('ok  '), none: colors.dim('-   '), fail: colors.red('fail') };
  let adapter: AdapterSummary | undefined;
  let facts: object = {};
  const tested = await selfTest<GpuCompute>({
    open: async () => {
      const { compute, summary } = await openNodeCompute({ adapter: options.adapter, quiet: true });
      if (!adapter && !options.json) print(printable(`${summary.name}, driver ${summary.driver}`));
      adapter = summary;
      facts = { limits: compute.limits, features: [...compute.features], subgroupLanes: compute.subgroupLanes };
      return compute;
    },
    close: (compute) => compute.destroy(),
    lost: (compute) => compute.failed(),
    only,
    onTested: (kernel) =>
      options.json
        ? print(JSON.stringify({ type: 'kernel', ...kernel }))
        : say(`${marks[kernel.status]} ${kernel.kernel.padEnd(NAME_WIDTH - 5)}`, textOf(kernel)),
  });
  if (tested.length === 0) {
    throw new PipelineError('E_USAGE', `No kernel has a name that begins with '${only}'.`, { hint: 'See their names: pipeline doctor --self-test' });
  }
  const count = (wanted: KernelTested['status']): number => tested.filter(({ status }) => status === wanted).length;
  const [agree, differ, left] = [count('ok'), count('fail'), count('none')];
  if (options.json) {
    print(
      JSON.stringify({ type: 'self-test', status: differ > 0 ? 'fail' : 'ok', agree, differ, left, version, node: process.versions.node, adapter, ...facts }),
    );
    return differ === 0;
  }
  print('');
  const others = [...(differ > 0 ? [`${differ} ${differ === 1 ? 'does' : 'do'} not`] : []), ...(left > 0 ? [`${left} cannot run here`] : [])];
  print(`${[`${agree} of ${tested.length} kernels agree with their float64 references`, ...others].join(', ')}.`);
  if (differ > 0)
    say(
      `${' '.repeat(NAME_WIDTH)}${colors.green('try:')} `,
      'Update the driver, or use another adapter (--adapter swiftshader). Report what `pipeline doctor --self-test --json` prints: it names adapter, driver and launch.',
    );
  return differ === 0;
}

function textOf({ status, launches, furthest = 0, ms = 0, failure = '', launch }: KernelTested): string {
  if (status === 'none') return 'needs what this adapter does not have; other kernels do its work';
  if (status === 'fail') return `${failure.replace(/\w$/, '$&.')}${launch ? ` Launch: ${JSON.stringify(launch)}` : ''}`;
  const apart = furthest === 0 ? 'equal' : `differs by ${(furthest * 100).toPrecision(2)} % of what is allowed`;
  return `${launches} launches, ${apart}, ${ms} ms`;
}
