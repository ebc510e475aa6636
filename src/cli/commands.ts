// What the command line can do, in the order of its help. A command is loaded when it is called: all of them take half a second.
import type { Command } from 'commander';

interface Listed {
  /** Behind its name in the help of all commands. */
  readonly about: string;
  /** Gives what adds it to a program, with its arguments and options. */
  load(): Promise<(program: Command) => void>;
}

export const COMMANDS: Readonly<Record<string, Listed>> = {
  run: { about: 'run a pipeline', load: async () => (await import('./commands/run/run.ts')).addRun },
  check: { about: 'find mistakes without running', load: async () => (await import('./commands/pipelines/check.ts')).addCheck },
  runs: { about: 'list, show and compare recorded runs', load: async () => (await import('./commands/runs/runs.ts')).addRuns },
  look: { about: 'look at a run', load: async () => (await import('./commands/runs/look.ts')).addLook },
  predict: { about: 'ask a model about the rows of a file', load: async () => (await import('./models/predict.ts')).addPredict },
  serve: { about: 'answer requests with a model, over HTTP', load: async () => (await import('./models/serving/serve.ts')).addServe },
  reproduce: { about: 'run a recorded run again and compare', load: async () => (await import('./commands/runs/reproduce.ts')).addReproduce },
  export: { about: 'write the model of a run to a file', load: async () => (await import('./commands/runs/export.ts')).addExport },
  report: { about: 'write a report of a run', load: async () => (await import('./commands/runs/report.ts')).addReport },
  ui: { about: 'look at runs in a browser', load: async () => (await import('./page/ui.ts')).addUi },
  worker: { about: 'compute stages of runs on other machines', load: async () => (await import('./commands/worker/worker.ts')).addWorker },
  explain: { about: 'say why a stage would run', load: async () => (await import('./commands/pipelines/explain.ts')).addExplain },
  list: { about: 'list pipelines', load: async () => (await import('./commands/pipelines/list.ts')).addList },
  params: { about: 'show what can be set', load: async () => (await import('./commands/pipelines/paramsCommand.ts')).addParams },
  graph: { about: 'draw a pipeline', load: async () => (await import('./commands/pipelines/graph.ts')).addGraph },
  peek: { about: 'look at the columns of a file', load: async () => (await import('./tables/peek.ts')).addPeek },
  types: { about: 'write the typed schema of a file or of a query', load: async () => (await import('./tables/types.ts')).addTypes },
  init: { about: 'start a project', load: async () => (await import('./init/init.ts')).addInit },
  doctor: { about: 'show what this machine offers', load: async () => (await import('./commands/machine/doctor.ts')).addDoctor },
  cache: { about: 'show or clear the kept results', load: async () => (await import('./commands/machine/cache.ts')).addCache },
  completion: { about: 'write completions for a shell', load: async () => (await import('./commands/machine/completion.ts')).addCompletion },
};
