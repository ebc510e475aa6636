// What the parser of the command line refuses, in the words of every other error here.
import type { Command, CommanderError } from 'commander';
import { PipelineError } from '../core/errors/errors.ts';

/** @param help the command that shows what there is instead */
export function usageError({ code, message }: CommanderError, commands: readonly Command[], help: string): PipelineError {
  const [what, suggestion] = message.replace(/^error: /, '').split('\n');
  const quoted = [...what!.matchAll(/'(.*?)'/g)].map(([, text]) => text!);
  const near = /^\((.*)\)$/.exec(suggestion ?? '')?.[1];
  const said = `${what!.charAt(0).toUpperCase()}${what!.slice(1).replace(/\.?$/, '.')}`;
  const error = (text: string, hint = near ?? `\`${help}\` shows what there is.`): PipelineError => new PipelineError('E_USAGE', text, { hint });
  switch (code) {
    case 'commander.optionMissingArgument':
      return error(`${quoted[0]!.split(' ')[0]} needs a value.`, `Write ${quoted[0]}.`);
    case 'commander.missingMandatoryOptionValue':
      return error(`${quoted[0]} is needed.`);
    case 'commander.missingArgument':
      return error(`<${quoted[0]}> is missing.`);
    case 'commander.excessArguments': {
      const [, most, given] = /Expected (\d+) .* got (\d+)/.exec(what!)!;
      return error(`${quoted[0]} takes ${most === '0' ? 'no arguments' : `at most ${most} ${most === '1' ? 'argument' : 'arguments'}`}; ${given} arrived.`);
    }
    case 'commander.invalidArgument': {
      const options = commands.flatMap((command) => command.options).map(({ long, flags, argChoices }) => ({ name: long, own: flags, argChoices }));
      const words = commands
        .flatMap((command) => command.registeredArguments)
        .map((one) => ({ name: one.name(), own: one.name(), argChoices: one.argChoices }));
      // Values may have quotes and line ends in them.
      const ofOption = /^error: option '(?<own>.*?)' argument '(?<value>.*)' is invalid\./s;
      const ofWord = /^error: command-argument value '(?<value>.*)' is invalid for argument '(?<own>.*?)'\./s;
      const { own, value } = (ofOption.exec(message) ?? ofWord.exec(message))?.groups ?? {};
      const refused = [...options, ...words].find((one) => one.own === own && one.argChoices !== undefined);
      if (!refused) return error(said);
      const choices = refused.argChoices!.map((choice) => `'${choice}'`);
      return error(`${refused.name} is '${value}'; ${[choices.slice(0, -1).join(', '), choices.at(-1)].join(' or ')} is needed.`);
    }
    default:
      return error(said);
  }
}
