// The command line: parses, calls a command, turns an error into four lines and an exit code.
import { Command, CommanderError } from 'commander';
import { exitCodeOf } from '../core/errors.ts';
import { errorSummary } from '../core/events.ts';
import { errorLines } from '../report/terminal/error.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { watchStreams } from './streams.ts';
import { version } from './version.ts';

const program = new Command('pipeline')
  .description('Typed dataflow pipelines for machine learning, computed on the GPU through WebGPU.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText('after', '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline doctor');

/** In the order of the help. Each is loaded when it is called, since all of them take half a second. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  run: async () => (await import('./run.ts')).addRun,
  check: async () => (await import('./check.ts')).addCheck,
  runs: async () => (await import('./runs.ts')).addRuns,
  look: async () => (await import('./look.ts')).addLook,
  report: async () => (await import('./report.ts')).addReport,
  ui: async () => (await import('./ui.ts')).addUi,
  explain: async () => (await import('./explain.ts')).addExplain,
  list: async () => (await import('./list.ts')).addList,
  params: async () => (await import('./paramsCommand.ts')).addParams,
  graph: async () => (await import('./graph.ts')).addGraph,
  init: async () => (await import('./init.ts')).addInit,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  cache: async () => (await import('./cache.ts')).addCache,
};
const [called = ''] = process.argv.slice(2);
const wanted = Object.hasOwn(COMMANDS, called) ? [called] : Object.keys(COMMANDS);
// The help and the nearest name of an unknown command need them all; the version needs none.
if (!['--version', '-V'].includes(called)) for (const name of wanted) (await COMMANDS[name]!())(program);
for (const command of program.commands.flatMap((one) => [one, ...one.commands])) command.exitOverride();

watchStreams();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    for (const line of errorLines(errorSummary(error), terminalStyle(process.stderr, process.env))) process.stderr.write(`${line}\n`);
    if (process.argv.includes('--debug')) console.error(error);
    process.exitCode = exitCodeOf(error);
  }
}
// Whatever a pipeline left running (a timer, a socket) does not keep the process: half a second after the end it leaves.
setTimeout(() => process.stdout.write('', () => process.exit()), 500).unref();
