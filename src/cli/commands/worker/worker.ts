// `pipeline worker`: computes stages of other machines' runs, which a queue hands out.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PipelineError } from '../../../core/errors/errors.ts';
import { printable } from '../../../report/terminal/format.ts';
import { cacheBucket, cacheDirectory } from '../../../runtime/node/directories.ts';
import { version } from '../../version.ts';

interface Options {
  readonly queue?: string;
  readonly adapter?: string;
  readonly concurrency: number;
  readonly name?: string;
  readonly child?: boolean;
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('Computes stages of runs that are started with --queue, on this machine or others, until Ctrl-C. Run it in a project that has their packages.')
    .option('--queue <url>', 'the server, redis://host:6379, or rediss:// for TLS (env PIPELINE_QUEUE, where a password is not seen)')
    .option('--adapter <name>', 'device, as for run (env PIPELINE_ADAPTER); a worker for each')
    .option('--concurrency <number>', 'stages at a time, each in a process with a device of its own', numberOf, 1)
    .option('--name <name>', 'what runs call it; by default this machine and a number')
    .addOption(new Option('--child').hideHelp())
    .addHelpText(
      'after',
      '\nBoth sides need the same PIPELINE_QUEUE_SECRET,\nand the same folder or bucket as PIPELINE_CACHE.\n\nExamples:\n  pipeline worker --queue redis://10.0.0.5:6379\n  pipeline run mnist-2detector --queue redis://10.0.0.5:6379',
    )
    .action(async (options: Options) => {
      if (options.child) return (await import('./child.ts')).serveJobs(options);
      await work(options);
    });
}

async function work({ queue = process.env['PIPELINE_QUEUE'], adapter, concurrency, name }: Options): Promise<void> {
  if (!queue) throw new PipelineError('E_USAGE', 'worker needs a queue.', { hint: 'Write --queue redis://host:6379, or set PIPELINE_QUEUE.' });
  const [{ connect }, { startHost }, { secretOf }] = await Promise.all([
    import('../../../runtime/node/queue/server/connect.ts'),
    import('../../../runtime/node/queue/worker/host.ts'),
    import('../../../runtime/node/queue/messages.ts'),
  ]);
  const secret = secretOf();
  const say = (line: string): void => void process.stderr.write(`${printable(line)}\n`);
  const called = name ?? `${hostname()}-${randomBytes(2).toString('hex')}`;
  const host = await startHost({
    ...(await connect(queue)),
    secret,
    name: called,
    version,
    concurrency,
    child: [
      process.argv[1]!,
      ['worker', '--child', '--name', called, ...(adapter === undefined ? [] : ['--adapter', adapter])],
      { ...process.env, PIPELINE_QUEUE: queue },
    ],
    say,
  });
  say(
    `${host.about.worker} computes on ${host.about.adapter.name}; results go to ${cacheBucket() ?? cacheDirectory()}. Ctrl-C ends it after the stage it is at.`,
  );
  await new Promise<void>((resolve) => {
    const end = (): void => void host.close().then(resolve);
    process.on('SIGINT', end).on('SIGTERM', end);
  });
  process.exit(0);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 64) return number;
  throw new InvalidArgumentError('A whole number from 1 to 64 is needed.');
}
