// `pipeline completion bash|zsh|fish`: a script for the shell, which asks `pipeline complete` what may stand where the cursor is. The
// shells differ in little but how they take the answers: a line each, a word and, behind a tab, what it is.
import { Argument, Command, type Command as Program } from 'commander';
import { COMMANDS } from '../../commands.ts';
import { suggestions } from '../../completions.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# pipeline completion bash >> ~/.bashrc
_pipeline() {
  local line="\${COMP_LINE:0:COMP_POINT}" IFS=$' \\t\\n' words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local cur="\${words[\${#words[@]}-1]}"
  # bash takes what stands behind its own word breaks, such as =, for a word.
  local before="\${cur%"\${COMP_WORDS[COMP_CWORD]}"}"
  [[ "\${COMP_WORDS[COMP_CWORD]}" == "=" ]] && before="$cur"
  IFS=$'\\n'
  COMPREPLY=($(pipeline complete -- "\${words[@]:1}" 2>/dev/null | cut -f1))
  COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
}
complete -o default -F _pipeline pipeline
`,
  zsh: `# pipeline completion zsh >> ~/.zshrc
_pipeline() {
  local -a found whole begun
  found=("\${(@f)$(pipeline complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -z "\${found[1]}" ]] && { _files; return }
  local one word
  for one in "\${found[@]}"; do
    word="\${one%%$'\\t'*}"
    # A value goes right behind what ends in =.
    if [[ "$word" == *= ]]; then begun+=("\${word//:/\\\\:}:\${one#*$'\\t'}"); else whole+=("\${word//:/\\\\:}:\${one#*$'\\t'}"); fi
  done
  _describe -V pipeline whole -- begun -S ''
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _pipeline pipeline
`,
  fish: `# pipeline completion fish > ~/.config/fish/completions/pipeline.fish
function __pipeline_complete
  set -l found (pipeline complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c pipeline -f -a '(__pipeline_complete)'
`,
};

export function addCompletion(program: Program): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SCRIPTS)))
    .description(
      'Writes a script with which bash, zsh or fish complete commands, pipelines, stages, parameters and ids of runs. Its first lines say where it goes.',
    )
    .action((shell: string) => void process.stdout.write(SCRIPTS[shell]!));
}

export function addComplete(program: Program): void {
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'words of the command line behind `pipeline`, the last one to be completed')
    .action(async (words: readonly string[]) => {
      const made = async (name: string): Promise<Command> => {
        const holder = new Command();
        (await COMMANDS[name]!.load())(holder);
        return holder.commands[0]!;
      };
      // Whatever goes wrong, a shell that completes is no place to tell it.
      for (const [word, about] of await suggestions(words, COMMANDS, made).catch(() => [])) process.stdout.write(`${word}\t${about}\n`);
    });
}
