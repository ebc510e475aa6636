// The command line: parses, calls a command, turns an error into four lines and an exit code.
import { Command, CommanderError } from 'commander';
import { exitCodeOf } from '../core/errors.ts';
import { errorLines } from '../report/terminal/error.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { errorSummary } from '../runtime/run.ts';
import { addCache } from './cache.ts';
import { addCheck } from './check.ts';
import { addDoctor } from './doctor.ts';
import { addGraph } from './graph.ts';
import { addInit } from './init.ts';
import { addExplain } from './explain.ts';
import { addList } from './list.ts';
import { addLook } from './look.ts';
import { addParams } from './paramsCommand.ts';
import { addReport } from './report.ts';
import { addRun } from './run.ts';
import { addRuns } from './runs.ts';
import { addUi } from './ui.ts';
import { version } from './version.ts';

const program = new Command('pipeline')
  .description('Typed dataflow pipelines for machine learning, computed on the GPU through WebGPU.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText('after', '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline doctor');
addRun(program);
addCheck(program);
addRuns(program);
addLook(program);
addReport(program);
addUi(program);
addExplain(program);
addList(program);
addParams(program);
addGraph(program);
addInit(program, version);
addDoctor(program);
addCache(program);
for (const command of program.commands.flatMap((one) => [one, ...one.commands])) command.exitOverride();

// `| head` closes the pipe early; that ends the run's output, not the run.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

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
