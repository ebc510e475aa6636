// The command line: parses, calls a command, turns an error into four lines and an exit code.
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { nearest } from '../core/errors/didYouMean.ts';
import { exitCodeOf, PipelineError } from '../core/errors/errors.ts';
import { errorSummary } from '../core/events.ts';
import { errorLines } from '../report/terminal/error.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { cacheDirectory, cacheNote } from '../runtime/node/directories.ts';
import { watchStreams } from './streams.ts';
import { COMMANDS } from './commands.ts';
import { usageError } from './usageError.ts';
import { version } from './version.ts';

const program = new Command('pipeline')
  .description('Typed dataflow pipelines for machine learning, computed on the GPU through WebGPU.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText('after', '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline doctor');

/** Those that keep or find something in the cache folder. */
const CACHING = ['run', 'worker', 'reproduce', 'check', 'explain', 'ui', 'doctor', 'cache'];

/** `help runs show` is `runs show --help`. */
const args = process.argv[2] === 'help' && process.argv.length > 3 ? [...process.argv.slice(3), '--help'] : process.argv.slice(2);
const called = args.find((word) => !word.startsWith('-')) ?? '';
const isKnown = Object.hasOwn(COMMANDS, called);

/** Settles once the command is over. This module itself waits for nothing: what commands import may be in one file with it. */
export const finished = main();

async function main(): Promise<void> {
  // A worker runs what is signed, and others may write to its cache folder.
  if (CACHING.includes(called) && called !== 'worker') keepCompiled();
  // Of all others a name is enough, for the help and for who mistyped it.
  for (const [name, { about, load }] of Object.entries(COMMANDS)) {
    if (name !== called) program.command(name);
    else (await load())(program);
    program.commands.at(-1)!.summary(about);
  }
  // What completions call; nobody types it.
  if (called === 'complete') (await import('./commands/machine/completion.ts')).addComplete(program);
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    command.exitOverride().configureOutput({ outputError: () => {} });

  watchStreams();

  try {
    const note = CACHING.includes(called) ? cacheNote() : undefined;
    if (note !== undefined) process.stderr.write(`! ${note}\n`);
    if (!isKnown && args[0] === called && !['help', 'complete'].includes(called)) throw unknownCommand();
    if (isKnown) checkNested();
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    // Help and version end the parsing this way, too; help that nobody asked for is a usage error that has been said.
    if (thrown instanceof CommanderError && (thrown.exitCode === 0 || thrown.code === 'commander.help')) {
      process.exitCode = thrown.exitCode === 0 ? 0 : 2;
    } else {
      const all = program.commands.flatMap((one) => [one, ...one.commands]);
      const error = thrown instanceof CommanderError ? usageError(thrown, all, isKnown ? `pipeline ${called} --help` : 'pipeline --help') : thrown;
      for (const line of errorLines(errorSummary(error), terminalStyle(process.stderr, process.env))) process.stderr.write(`${line}\n`);
      if (process.argv.includes('--debug')) console.error(error);
      process.exitCode = exitCodeOf(error);
    }
  }

  // Whatever a pipeline left running (a timer, a socket) does not keep the process: half a second after the end it leaves.
  setTimeout(() => process.stdout.write('', () => process.exit()), 500).unref();
}

/** From 22 on, Node can keep what it compiles, and looks at the texts again: a tenth of a run that finds all its results. */
function keepCompiled(): void {
  const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (folder: string) => unknown };
  try {
    enableCompileCache?.(join(cacheDirectory(), 'compiled'));
  } catch {
    // what is wrong with the folder is told below
  }
}

/** @throws E_USAGE for a word that is none of the commands below the one called: all that have some take no other words */
function checkNested(): void {
  const below = program.commands.find((command) => command.name() === called)!.commands.map((command) => command.name());
  const word = args.slice(args.indexOf(called) + 1).find((one) => !one.startsWith('-'));
  if (below.length > 0 && word !== undefined && word !== 'help' && !below.includes(word)) throw unknownCommand(word, below, `${called} `);
}

/** @param before the words that it follows */
function unknownCommand(word = called, names = Object.keys(COMMANDS), before = ''): PipelineError {
  const near = nearest(word, names).map((name) => before + name);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `\`pipeline ${before}--help\` shows what there is.`;
  return new PipelineError('E_USAGE', `Unknown command '${before}${word}'.`, { hint });
}
