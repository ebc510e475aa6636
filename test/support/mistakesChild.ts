// A process of its own that checks or runs pipeline files with mistakes in them, as the command line does but all of them in
// one start, and prints what each is told as. Run by `toldOf` of mistakes.ts.
import { errorSummary, type ErrorSummary } from '../../src/core/events.ts';
import { checkFile } from '../../src/cli/load/checkFile.ts';
import { loadPipeline } from '../../src/cli/load/load.ts';
import { runPipeline } from '../../src/node.ts';

const [how, ...names] = process.argv.slice(2);

async function problemsOf(name: string): Promise<readonly ErrorSummary[]> {
  try {
    // Without types as before a run: there is no compiler where the files are then, which is a note.
    if (how !== 'run') return (await checkFile(name, { beforeRun: how === 'check' })).problems.map(errorSummary);
    const { error } = await runPipeline((await loadPipeline(name)).pipeline);
    return error === undefined ? [] : [errorSummary(error)];
  } catch (error) {
    return [errorSummary(error)];
  }
}

const told: Record<string, readonly ErrorSummary[]> = {};
for (const name of names) told[name] = await problemsOf(name);
process.stdout.write(`\nTOLD ${JSON.stringify(told)}\n`, () => process.exit());
